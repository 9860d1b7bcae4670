// Keeps no commits of the delta log: the epoch log says what counts.
using FASTER.core;

namespace StreamLinq.Embedded;

/// <summary>What FASTER asks for when a FasterLog commits. Thread-safe.</summary>
internal sealed class NoDeltaCommits : ILogCommitManager
{
    public void Commit(long beginAddress, long untilAddress, byte[] commitMetadata, long commitNum, bool forceWriteMetadata)
    {
        // The pages are flushed by now, which is all that is asked of FASTER.
    }

    public byte[] GetCommitMetadata(long commitNum) => [];

    public IEnumerable<long> ListCommits() => [];

    public void RemoveCommit(long commitNum)
    {
        // None is kept.
    }

    public void RemoveAllCommits()
    {
        // None is kept.
    }

    public void OnRecovery(long commitNum)
    {
        // FASTER never recovers this log by itself.
    }

    public void Dispose()
    {
        // Nothing is held.
    }
}
