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

    /// <summary>Visits the changes of an epoch in the order they were made, one record of the log after the other; gives the bytes of each, so that its reader may rest or stop in between. Throws SLQ2042 if they are not all there.</summary>
    internal IEnumerable<int> Read(long epoch, DeltaRange range, ChangeVisitor visit)
    {
        if (range.Parts == 0)
            yield break;
        long entries = 0;
        ChangeVisitor count = (operatorId, key, removed, value) =>
        {
            entries++;
            visit(operatorId, key, removed, value);
        };
        for (var part = 0; part < range.Parts; part++)
        {
            var bytes = ReadPart(epoch, range, part, count);
            if (bytes == 0)
                throw NotWhole(part);
            yield return bytes;
        }

        if (entries != range.Entries)
            throw NotWhole(range.Parts);

        StreamLinqException NotWhole(int parts) =>
            CheckpointErrors.Damaged(location, logName, $"the delta of epoch {epoch} is not whole ({parts} of {range.Parts} records, {entries} of {range.Entries} changes)");
    }

    // Its bytes; 0 if it is not there.
    private int ReadPart(long epoch, DeltaRange range, int part, ChangeVisitor visit)
    {
        try
        {
            var records = part == 0 ? RecordsFrom(range) : _records!;
            if (!records.GetNext(MemoryPool<byte>.Shared, out var record, out var length, out _, out _))
            {
                failure.ThrowIfFailed();
                return 0;
            }

            using (record)
            {
                var bytes = record.Memory.Span[..length];
                var isIts = StateDelta.TryReadHeader(bytes, out var recordEpoch, out var recordPart, out var parts) && recordEpoch == epoch && recordPart == part && parts == range.Parts
                    && StateDelta.TryVisit(bytes, visit);
                failure.ThrowIfFailed();
                return isIts ? length : 0;
            }
        }
        catch (FasterException e)
        {
            // What could not be read came as zeros.
            failure.ThrowIfFailed();
            throw CheckpointErrors.Damaged(location, logName, $"a record of the delta of epoch {epoch} does not have the checksum it was written with", e);
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
