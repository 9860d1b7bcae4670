// FASTER's device over a storage: its pages lie in the same files, under the same names, as its own local device would write them.
// Every call completes inline and every write is flushed before it is reported, as FASTER expects. A failure is kept here and reported to FASTER as success,
// because FASTER spins for ever on pages it cannot flush; who uses FASTER asks ThrowIfFailed before anything is called durable.
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
internal sealed class StorageDevice(IStorage storage, string name, DeviceFailure failure, BlockSums? sums = null, bool keepsSegments = false) : StorageDeviceBase(name, SectorBytes, Devices.CAPACITY_UNSPECIFIED)
{
    private const uint SectorBytes = 512;
    private readonly ConcurrentDictionary<int, IStorageFile> _open = new();
    private readonly Lock _opening = new();

    public override unsafe void WriteAsync(IntPtr sourceAddress, int segmentId, ulong destinationAddress, uint numBytesToWrite, DeviceIOCompletionCallback callback, object context)
    {
        try
        {
            var file = FileOf(segmentId, create: true)!;
            file.Write((long)destinationAddress, new ReadOnlySpan<byte>((void*)sourceAddress, (int)numBytesToWrite));
            file.Flush();
        }
        catch (Exception e)
        {
            failure.Report(e);
        }

        callback(0, numBytesToWrite, context);
    }

    public override unsafe void ReadAsync(int segmentId, ulong sourceAddress, IntPtr destinationAddress, uint readLength, DeviceIOCompletionCallback callback, object context)
    {
        var buffer = new Span<byte>((void*)destinationAddress, (int)readLength);
        try
        {
            var file = FileOf(segmentId, create: false);
            var read = file?.Read((long)sourceAddress, buffer) ?? 0;
            buffer[read..].Clear();
            if (file is not null)
                sums?.Verify(file, segmentId, (long)sourceAddress, buffer);
        }
        catch (Exception e)
        {
            buffer.Clear();
            failure.Report(e);
        }

        callback(0, readLength, context);
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
        lock (_opening)
        {
            foreach (var file in _open.Values)
                file.Dispose();
            _open.Clear();
        }
    }

    private string SegmentName(int segment) => GetSegmentFilename(FileName, segment);

    private IStorageFile? FileOf(int segment, bool create)
    {
        if (_open.TryGetValue(segment, out var file))
            return file;
        lock (_opening)
        {
            if (_open.TryGetValue(segment, out file))
                return file;
            file = storage.Open(SegmentName(segment), create: false);
            if (file is null && create)
            {
                file = storage.Open(SegmentName(segment), create: true)!;
                storage.FlushFolder(Path.GetDirectoryName(SegmentName(segment))!.Replace(Path.DirectorySeparatorChar, '/'));
            }

            if (file is not null)
                _open[segment] = file;
            return file;
        }
    }
}
