// Counts in bare FASTER, in memory: one read-modify-write per row in its quickest form, one session, no locks, functions as a struct.
using FASTER.core;

namespace StreamLinq.Benchmarks;

internal sealed class FasterCounts : IDisposable
{
    private const int RowsPerRefresh = 1024;

    private readonly NullDevice _device = new();
    private readonly FasterKV<long, long> _store;
    private readonly ClientSession<long, long, long, long, Empty, CountFunctions> _session;

    internal FasterCounts()
    {
        _store = new FasterKV<long, long>(new FasterKVSettings<long, long> { IndexSize = 1 << 20, LogDevice = _device, MemorySize = 1L << 28, ConcurrencyControlMode = ConcurrencyControlMode.None });
        _session = _store.For(default(CountFunctions)).NewSession<CountFunctions>();
    }

    /// <summary>All counts, added up.</summary>
    internal long Rows { get; private set; }

    internal void Add(ReadOnlySpan<Row> rows)
    {
        var context = _session.UnsafeContext;
        context.BeginUnsafe();
        var i = 0;
        foreach (ref readonly var row in rows)
        {
            var (key, one) = (row.Key, 1L);
            _ = context.RMW(ref key, ref one);
            if (++i % RowsPerRefresh == 0) context.Refresh();
        }

        context.EndUnsafe();
    }

    public void Dispose()
    {
        using (var all = _session.Iterate())
            while (all.GetNext(out _, out _, out var count)) Rows += count;
        _session.Dispose();
        _store.Dispose();
        _device.Dispose();
    }

    private struct CountFunctions : IFunctions<long, long, long, long, Empty>
    {
        public readonly bool InitialUpdater(ref long key, ref long input, ref long value, ref long output, ref RMWInfo rmwInfo)
        {
            value = input;
            return true;
        }

        public readonly bool InPlaceUpdater(ref long key, ref long input, ref long value, ref long output, ref RMWInfo rmwInfo)
        {
            value += input;
            return true;
        }

        public readonly bool CopyUpdater(ref long key, ref long input, ref long oldValue, ref long newValue, ref long output, ref RMWInfo rmwInfo)
        {
            newValue = oldValue + input;
            return true;
        }

        public readonly bool NeedInitialUpdate(ref long key, ref long input, ref long output, ref RMWInfo rmwInfo) => true;

        public readonly void PostInitialUpdater(ref long key, ref long input, ref long value, ref long output, ref RMWInfo rmwInfo) { }

        public readonly bool NeedCopyUpdate(ref long key, ref long input, ref long oldValue, ref long output, ref RMWInfo rmwInfo) => true;

        public readonly void PostCopyUpdater(ref long key, ref long input, ref long oldValue, ref long newValue, ref long output, ref RMWInfo rmwInfo) { }

        public readonly void RMWCompletionCallback(ref long key, ref long input, ref long output, Empty ctx, Status status, RecordMetadata recordMetadata) { }

        public readonly bool SingleReader(ref long key, ref long input, ref long value, ref long dst, ref ReadInfo readInfo) => true;

        public readonly bool ConcurrentReader(ref long key, ref long input, ref long value, ref long dst, ref ReadInfo readInfo) => true;

        public readonly void ReadCompletionCallback(ref long key, ref long input, ref long output, Empty ctx, Status status, RecordMetadata recordMetadata) { }

        public readonly bool SingleWriter(ref long key, ref long input, ref long src, ref long dst, ref long output, ref UpsertInfo upsertInfo, WriteReason reason) => true;

        public readonly void PostSingleWriter(ref long key, ref long input, ref long src, ref long dst, ref long output, ref UpsertInfo upsertInfo, WriteReason reason) { }

        public readonly bool ConcurrentWriter(ref long key, ref long input, ref long src, ref long dst, ref long output, ref UpsertInfo upsertInfo) => true;

        public readonly bool SingleDeleter(ref long key, ref long value, ref DeleteInfo deleteInfo) => true;

        public readonly void PostSingleDeleter(ref long key, ref DeleteInfo deleteInfo) { }

        public readonly bool ConcurrentDeleter(ref long key, ref long value, ref DeleteInfo deleteInfo) => true;

        public readonly void DisposeSingleWriter(ref long key, ref long input, ref long src, ref long dst, ref long output, ref UpsertInfo upsertInfo, WriteReason reason) { }

        public readonly void DisposeCopyUpdater(ref long key, ref long input, ref long oldValue, ref long newValue, ref long output, ref RMWInfo rmwInfo) { }

        public readonly void DisposeInitialUpdater(ref long key, ref long input, ref long value, ref long output, ref RMWInfo rmwInfo) { }

        public readonly void DisposeSingleDeleter(ref long key, ref long value, ref DeleteInfo deleteInfo) { }

        public readonly void DisposeDeserializedFromDisk(ref long key, ref long value) { }

        public readonly void CheckpointCompletionCallback(int sessionID, string sessionName, CommitPoint commitPoint) { }
    }
}
