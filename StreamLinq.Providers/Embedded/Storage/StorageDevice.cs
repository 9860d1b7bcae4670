// FASTER's device over a storage: its pages lie in the same files, under the same names, as its own local device would write them.
// Reads that may wait for a disk are done in the background, and so are writes that nobody will ask for after a crash; every other call completes inline.
// A write that is to last is flushed before it is reported, as FASTER expects. A failure is kept here and reported to FASTER as success,
// because FASTER spins for ever on pages it cannot flush; who uses FASTER asks ThrowIfFailed before anything is called durable.
using System.Buffers;
using System.Collections.Concurrent;
using FASTER.core;

namespace StreamLinq.Embedded;

/// <summary>The first failure of a group of devices. Thread-safe.</summary>
internal sealed class DeviceFailure
{
    private volatile Exception? _first;

    internal void Report(Exception failure) => _first ??= failure;

    internal void ThrowIfFailed()
    {
        if (_first is StreamLinqException coded)
            throw new StreamLinqException(coded.Code, coded.Message[(coded.Code.Length + 2)..], coded);
        if (_first is { } failure)
            throw new IOException(failure.Message, failure);
    }
}

/// <summary>One file of FASTER, cut into segments; if it keeps them, its owner deletes those that FASTER has given up. Thread-safe as far as FASTER needs it.</summary>
internal sealed class StorageDevice(IStorage storage, string name, DeviceFailure failure, BlockSums? sums = null, bool keepsSegments = false, bool flushes = true) : StorageDeviceBase(name, SectorBytes, Devices.CAPACITY_UNSPECIFIED)
{
    private const uint SectorBytes = 512;
    private const uint MostReadAligned = 64 << 10;
    private readonly ConcurrentDictionary<int, IStorageFile> _open = new();
    private readonly Lock _opening = new();
    private readonly CountdownEvent _writes = new(1);
    private DeviceReads? _reads;

    public override void WriteAsync(IntPtr sourceAddress, int segmentId, ulong destinationAddress, uint numBytesToWrite, DeviceIOCompletionCallback callback, object context)
    {
        if (flushes || !storage.HasDisk)
            Write(sourceAddress, segmentId, destinationAddress, numBytesToWrite, callback, context);
        else
            WriteInBackground(sourceAddress, segmentId, destinationAddress, numBytesToWrite, callback, context);
    }

    // A page at a time, on a thread of its own: who waits for the page may hold a thread of the pool.
    // Files that are closed while something is written to them come back under their old names, so that is waited for.
    private void WriteInBackground(IntPtr sourceAddress, int segmentId, ulong destinationAddress, uint numBytesToWrite, DeviceIOCompletionCallback callback, object context)
    {
        _writes.AddCount();
        _ = Task.Factory.StartNew(
            () =>
            {
                Write(sourceAddress, segmentId, destinationAddress, numBytesToWrite, callback, context);
                _writes.Signal();
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Does reads that nobody has begun yet, on the thread of who waits for them: so queries that wait on all threads of the pool do not wait for another thread of it.</summary>
    internal void Help() => _reads?.Help();

    private unsafe void Write(IntPtr sourceAddress, int segmentId, ulong destinationAddress, uint numBytesToWrite, DeviceIOCompletionCallback callback, object context)
    {
        try
        {
            var file = FileOf(segmentId, create: true)!;
            file.Write((long)destinationAddress, new ReadOnlySpan<byte>((void*)sourceAddress, (int)numBytesToWrite));
            if (flushes)
                file.Flush();
        }
        catch (Exception e)
        {
            failure.Report(e);
        }

        callback(0, numBytesToWrite, context);
    }

    public override void ReadAsync(int segmentId, ulong sourceAddress, IntPtr destinationAddress, uint readLength, DeviceIOCompletionCallback callback, object context)
    {
        var read = new DeviceRead(segmentId, sourceAddress, destinationAddress, readLength, callback, context);
        if (storage.HasDisk && readLength <= MostReadAligned)
            Reads.Add(read);
        else
            Read(read);
    }

    private unsafe void Read(DeviceRead read)
    {
        var buffer = new Span<byte>((void*)read.Target, (int)read.Length);
        try
        {
            if (FileOf(read.Segment, create: false) is not { } file)
                buffer.Clear();
            else if (sums is null || read.Length > MostReadAligned)
                ReadAsAsked(file, read.Segment, (long)read.Position, buffer);
            else
                ReadAligned(file, read.Segment, (long)read.Position, buffer);
        }
        catch (ObjectDisposedException)
        {
            // The segment is given up: what it held has moved, and who reads looks again.
            buffer.Clear();
        }
        catch (Exception e)
        {
            buffer.Clear();
            failure.Report(e);
        }

        read.Done(0, read.Length, read.Context);
    }

    private void ReadAsAsked(IStorageFile file, int segment, long position, Span<byte> buffer)
    {
        var read = file.Read(position, buffer);
        buffer[read..].Clear();
        sums?.Verify(file, segment, position, buffer);
    }

    // One record is a part of a block, and the whole block is needed for its sum.
    private void ReadAligned(IStorageFile file, int segment, long position, Span<byte> buffer)
    {
        var from = position / BlockSums.BlockBytes * BlockSums.BlockBytes;
        var length = (int)((position + buffer.Length - from + BlockSums.BlockBytes - 1) / BlockSums.BlockBytes * BlockSums.BlockBytes);
        var rented = ArrayPool<byte>.Shared.Rent(length);
        var blocks = rented.AsSpan(0, length);
        var read = file.Read(from, blocks);
        blocks[read..].Clear();
        sums!.Verify(file, segment, from, blocks);
        blocks.Slice((int)(position - from), buffer.Length).CopyTo(buffer);
        ArrayPool<byte>.Shared.Return(rented);
    }

    public override void RemoveSegment(int segment)
    {
        try
        {
            lock (_opening)
            {
                if (_open.TryRemove(segment, out var file))
                    file.Dispose();
                if (!keepsSegments)
                    storage.Delete(SegmentName(segment));
            }
        }
        catch (Exception e)
        {
            failure.Report(e);
        }
    }

    public override void RemoveSegmentAsync(int segment, AsyncCallback callback, IAsyncResult result)
    {
        RemoveSegment(segment);
        callback(result);
    }

    public override long GetFileSize(int segment) => FileOf(segment, create: false)?.Length ?? 0;

    public override void Dispose()
    {
        if (!_writes.IsSet)
        {
            _writes.Signal();
            _writes.Wait();
        }

        lock (_opening)
        {
            foreach (var file in _open.Values)
                file.Dispose();
            _open.Clear();
        }
    }

    private DeviceReads Reads => _reads ?? Interlocked.CompareExchange(ref _reads, new DeviceReads(Read), null) ?? _reads!;

    private string SegmentName(int segment) => GetSegmentFilename(FileName, segment);

    private IStorageFile? FileOf(int segment, bool create)
    {
        if (_open.TryGetValue(segment, out var file))
            return file;
        lock (_opening)
        {
            if (_open.TryGetValue(segment, out file))
                return file;
            file = storage.Open(SegmentName(segment), create);
            if (file is null)
                return null;
            _open[segment] = file;
            // Also if it was there before: who made it may have died before its name was on the disk.
            if (flushes)
                storage.FlushFolder(Path.GetDirectoryName(SegmentName(segment))!.Replace(Path.DirectorySeparatorChar, '/'));
            return file;
        }
    }
}
