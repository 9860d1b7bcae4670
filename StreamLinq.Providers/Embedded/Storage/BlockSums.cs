// A checksum for every 4 KiB of the base's pages, which FASTER leaves without one: a flipped bit in a record's header would make a key look absent.
// The sums lie in files of their own beside the pages, so that plain FASTER still reads those. A checkpoint of the base ends with a block:
// FASTER writes a block that it goes on in again, with other bits in the headers that stand there, and a crash would leave those under the old checkpoint.
using System.Buffers;
using System.Buffers.Binary;

namespace StreamLinq.Embedded;

/// <summary>The sums of all finished blocks. Verify may run on any thread; Extend on one, and not beside a change of the pages below its end.</summary>
internal sealed class BlockSums(IStorage storage, string folder, string pages, long segmentBytes)
{
    internal const int BlockBytes = 4096;
    private readonly Lock _sync = new();
    private readonly Dictionary<int, byte[]> _segments = [];
    private long _end;

    private int BlocksPerSegment => (int)(segmentBytes / BlockBytes);

    /// <summary>Reads the sums up to an address, and checks that the pages are there.</summary>
    internal void Load(long begin, long end)
    {
        for (var segment = (int)(begin / segmentBytes); segment * segmentBytes < end; segment++)
        {
            var sums = new byte[BlocksPerSegment * sizeof(uint)];
            using (var file = storage.Open(SegmentName(segment), create: false))
            {
                if (file is null || file.Length < Math.Min(segmentBytes, end - (segment * segmentBytes)))
                    throw CheckpointErrors.Damaged(storage.Location, SegmentName(segment), "it is missing or too short");
            }

            using (var file = storage.Open(SumsName(segment), create: false) ?? throw CheckpointErrors.Damaged(storage.Location, SumsName(segment), "it is missing"))
                _ = file.Read(0, sums);
            _segments[segment] = sums;
        }

        _end = end;
    }

    /// <summary>Sums what was added up to an address, which ends a block, and makes the sums durable.</summary>
    internal void Extend(long begin, long end)
    {
        var block = new byte[BlockBytes];
        var position = Math.Max(begin, _end) / BlockBytes * BlockBytes;
        while (position + BlockBytes <= end)
        {
            var segment = (int)(position / segmentBytes);
            using var file = storage.Open(SegmentName(segment), create: false) ?? throw CheckpointErrors.Damaged(storage.Location, SegmentName(segment), "it is missing");
            var sums = SumsOf(segment);
            var stop = Math.Min((segment + 1) * segmentBytes, end);
            for (; position + BlockBytes <= stop; position += BlockBytes)
            {
                var read = file.Read(position % segmentBytes, block);
                block.AsSpan(read).Clear();
                lock (_sync)
                    BinaryPrimitives.WriteUInt32LittleEndian(sums.AsSpan((int)(position % segmentBytes / BlockBytes) * sizeof(uint)), Crc32C.Of(block));
            }

            using var target = storage.Open(SumsName(segment), create: true)!;
            target.Write(0, sums);
            target.Flush();
        }

        storage.FlushFolder(folder);
        lock (_sync)
            _end = end;
    }

    /// <summary>Checks the finished blocks that a read touched. A read need not begin or end with a block.</summary>
    internal void Verify(IStorageFile file, int segment, long position, ReadOnlySpan<byte> bytes)
    {
        long limit;
        lock (_sync)
            limit = Math.Min(segmentBytes, _end - (segment * segmentBytes));
        byte[]? rented = null;
        for (var block = position / BlockBytes * BlockBytes; block < position + bytes.Length && block + BlockBytes <= limit; block += BlockBytes)
        {
            ReadOnlySpan<byte> content;
            if (block >= position && block + BlockBytes <= position + bytes.Length)
            {
                content = bytes.Slice((int)(block - position), BlockBytes);
            }
            else
            {
                rented ??= ArrayPool<byte>.Shared.Rent(BlockBytes);
                var read = file.Read(block, rented.AsSpan(0, BlockBytes));
                rented.AsSpan(read, BlockBytes - read).Clear();
                content = rented.AsSpan(0, BlockBytes);
            }

            uint expected;
            lock (_sync)
            {
                if (!_segments.TryGetValue(segment, out var sums))
                    break;
                expected = BinaryPrimitives.ReadUInt32LittleEndian(sums.AsSpan((int)(block / BlockBytes) * sizeof(uint)));
            }

            if (Crc32C.Of(content) != expected)
                throw CheckpointErrors.Damaged(storage.Location, SegmentName(segment), $"the block at {block} does not have the checksum it was written with");
        }

        if (rented is not null)
            ArrayPool<byte>.Shared.Return(rented);
    }

    private byte[] SumsOf(int segment)
    {
        lock (_sync)
        {
            if (!_segments.TryGetValue(segment, out var sums))
                _segments[segment] = sums = new byte[BlocksPerSegment * sizeof(uint)];
            return sums;
        }
    }

    private string SegmentName(int segment) => $"{folder}/{pages}.{segment}";

    private string SumsName(int segment) => $"{folder}/sums.{segment}";
}
