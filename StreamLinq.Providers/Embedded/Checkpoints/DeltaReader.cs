// Reads deltas one after the other, checking that each is there as it was written. Those that lie side by side are read with the same buffers;
// between others lies what a crash has left there, which is nobody's and need not be whole.
using System.Buffers;
using FASTER.core;

namespace StreamLinq.Embedded;

/// <summary>A stretch of the delta log that is being read. One caller at a time.</summary>
internal sealed class DeltaReader(string location, string logName, DeviceFailure failure, FasterLog log, IReadOnlyList<KeyValuePair<long, DeltaRange>> deltas) : IDisposable
{
    private FasterLogScanIterator? _records;
    private long _next = -1;

    /// <summary>Visits the changes of an epoch in the order they were made. Throws SLQ2042 if they are not all there.</summary>
    internal void Read(long epoch, DeltaRange range, ChangeVisitor visit)
    {
        if (range.Parts == 0)
            return;
        var expected = 0;
        long entries = 0;
        try
        {
            var records = RecordsFrom(range);
            while (expected < range.Parts && records.GetNext(MemoryPool<byte>.Shared, out var record, out var length, out _, out _))
            {
                using (record)
                {
                    var bytes = record.Memory.Span[..length];
                    if (!StateDelta.TryReadHeader(bytes, out var recordEpoch, out var part, out var parts) || recordEpoch != epoch || part != expected || parts != range.Parts
                        || !StateDelta.TryVisit(bytes, Count))
                        break;
                }

                expected++;
            }
        }
        catch (FasterException e)
        {
            // What could not be read came as zeros.
            failure.ThrowIfFailed();
            throw CheckpointErrors.Damaged(location, logName, $"a record of the delta of epoch {epoch} does not have the checksum it was written with", e);
        }

        failure.ThrowIfFailed();
        if (expected != range.Parts || entries != range.Entries)
            throw CheckpointErrors.Damaged(location, logName, $"the delta of epoch {epoch} is not whole ({expected} of {range.Parts} records, {entries} of {range.Entries} changes)");

        void Count(int operatorId, ReadOnlySpan<byte> key, bool removed, ReadOnlySpan<byte> value)
        {
            entries++;
            visit(operatorId, key, removed, value);
        }
    }

    private FasterLogScanIterator RecordsFrom(DeltaRange range)
    {
        if (_records is null || range.From != _next)
        {
            _records?.Dispose();
            var end = range.To;
            foreach (var (_, delta) in deltas.SkipWhile(d => d.Value != range))
                if (delta.From == end) end = delta.To;
            _records = log.Scan(range.From, end, recover: false);
        }

        _next = range.To;
        return _records;
    }

    public void Dispose() => _records?.Dispose();
}
