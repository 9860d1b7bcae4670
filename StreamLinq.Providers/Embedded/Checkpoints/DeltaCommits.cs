// Where the delta log's own commits are kept: two slots of one file, written in turn, so that one is whole whatever happens to the other.
// FASTER's own keeper makes a new file for every commit, which costs a flush of the folder each time.
using System.Buffers.Binary;
using FASTER.core;

namespace StreamLinq.Embedded;

/// <summary>The commits of a FasterLog. Called by FASTER, one call at a time.</summary>
internal sealed class DeltaCommits : ILogCommitManager
{
    private const int SlotBytes = 4096;
    private const int HeaderBytes = 16;
    private readonly DeviceFailure _failure;
    private readonly IStorageFile _file;
    private readonly SortedDictionary<long, byte[]> _commits = [];

    internal DeltaCommits(IStorage storage, string folder, DeviceFailure failure)
    {
        _failure = failure;
        _file = storage.Open(folder + "/commits", create: true)!;
        storage.FlushFolder(folder);
        var slot = new byte[SlotBytes];
        for (var i = 0; i < 2; i++)
        {
            if (_file.Read(i * SlotBytes, slot) < HeaderBytes)
                continue;
            var length = BinaryPrimitives.ReadInt32LittleEndian(slot.AsSpan(4));
            if (length is > 0 and <= SlotBytes - HeaderBytes && Crc32C.Of(slot.AsSpan(4, length + HeaderBytes - 4)) == BinaryPrimitives.ReadUInt32LittleEndian(slot))
                _commits[BinaryPrimitives.ReadInt64LittleEndian(slot.AsSpan(8))] = slot.AsSpan(HeaderBytes, length).ToArray();
        }
    }

    internal bool Any => _commits.Count > 0;

    public void Commit(long beginAddress, long untilAddress, byte[] commitMetadata, long commitNum, bool forceWriteMetadata)
    {
        try
        {
            _failure.ThrowIfFailed();
            if (commitMetadata.Length > SlotBytes - HeaderBytes)
                throw new InvalidDataException($"A commit of the delta log has {commitMetadata.Length} bytes; a slot takes {SlotBytes - HeaderBytes}.");
            var slot = new byte[HeaderBytes + commitMetadata.Length];
            BinaryPrimitives.WriteInt32LittleEndian(slot.AsSpan(4), commitMetadata.Length);
            BinaryPrimitives.WriteInt64LittleEndian(slot.AsSpan(8), commitNum);
            commitMetadata.CopyTo(slot, HeaderBytes);
            BinaryPrimitives.WriteUInt32LittleEndian(slot, Crc32C.Of(slot.AsSpan(4)));
            _file.Write(commitNum % 2 * SlotBytes, slot);
            _file.Flush();
            _commits[commitNum] = commitMetadata;
            _commits.Remove(commitNum - 2);
        }
        catch (Exception e)
        {
            _failure.Report(e);
        }
    }

    public byte[] GetCommitMetadata(long commitNum) => _commits[commitNum];

    public IEnumerable<long> ListCommits() => _commits.Keys.Reverse().ToList();

    public void RemoveCommit(long commitNum)
    {
        // The slot is written over by the commit after the next.
    }

    public void RemoveAllCommits()
    {
        // Only FASTER's Reset asks for it, which is never called.
    }

    public void OnRecovery(long commitNum)
    {
        // Nothing to tidy: there are two slots, always.
    }

    public void Dispose() => _file.Dispose();
}
