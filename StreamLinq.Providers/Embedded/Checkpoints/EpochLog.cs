// The log of epochs: plans before they run, commits after, in one file of checksummed records, each durable when its append completes.
// A record that was being written when the power went is cut off at the next start; one that is broken with good ones behind it is damage.
// One that is whole counts, whether or not its flush came to an end; a start makes it durable before anybody acts on it.
// The file is rewritten when it has grown, keeping the last epochs and all whose delta is not folded.
using System.Buffers.Binary;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace StreamLinq.Embedded;

internal enum EpochRecordKind
{
    Plan,
    Commit,
    Forget,
}

/// <summary>A record of the log.</summary>
/// <param name="Kind">What it says.</param>
/// <param name="Epoch">Of which epoch.</param>
/// <param name="Plan">A plan's content.</param>
/// <param name="Delta">A commit's delta.</param>
internal sealed record EpochRecord(EpochRecordKind Kind, long Epoch, EpochPlan? Plan = null, DeltaRange? Delta = null);

/// <summary>Where the delta of an epoch lies in the delta log.</summary>
/// <param name="From">The address before its first record.</param>
/// <param name="To">The address after its last record.</param>
/// <param name="Parts">How many records it has.</param>
/// <param name="Entries">How many changes it has.</param>
/// <param name="Bytes">How many bytes these take.</param>
/// <param name="Rows">How many entries each operator's table has after the epoch, by the operator's number, where the table counts them; null in checkpoints of earlier versions.</param>
internal sealed record DeltaRange(long From, long To, int Parts, long Entries, long Bytes, IReadOnlyDictionary<int, long>? Rows = null);

/// <summary>The log and what it says. One caller at a time.</summary>
internal sealed partial class EpochLog : IDisposable
{
    internal const string FileName = "epochs.log";
    private const string TemporaryName = "epochs.tmp";
    private const byte FormatVersion = 1;
    private const int HeaderBytes = 8;
    private readonly IStorage _storage;
    private readonly ILogger _logger;
    private readonly int _retained;
    private readonly long _rewriteAfter;

    // As they are written: at a thousand epochs per second, the objects of ten thousand plans would make each garbage collection a pause.
    private readonly SortedDictionary<long, byte[]> _plans = [];
    private readonly SortedDictionary<long, EpochPlan> _pending = [];
    private readonly SortedDictionary<long, DeltaRange> _commits = [];
    private EpochPlan? _last;
    private IStorageFile _file;
    private long _length;
    private long _rewriteAt;

    private EpochLog(IStorage storage, IStorageFile file, ILogger logger, int retained, long rewriteAfter)
    {
        _retained = retained;
        _storage = storage;
        _file = file;
        _logger = logger;
        _rewriteAfter = rewriteAfter;
        _rewriteAt = rewriteAfter;
    }

    /// <summary>All commits that are kept, by epoch.</summary>
    internal IReadOnlyDictionary<long, DeltaRange> Commits => _commits;

    /// <summary>The plans of the committed epochs that are kept, by epoch.</summary>
    internal IEnumerable<EpochPlan> Committed => _plans.Where(p => _commits.ContainsKey(p.Key)).Select(p => PlanIn(p.Value));

    internal EpochPlan? LastCommitted => _commits.Count == 0 ? null : _last ??= PlanIn(_plans[LastEpoch]);

    internal EpochPlan? Pending => _pending.Count == 0 ? null : _pending.First().Value;

    private long LastEpoch { get; set; } = long.MinValue;

    /// <summary>Opens the log, cutting what was half written.</summary>
    internal static EpochLog Open(IStorage storage, ILogger logger, int retained, long rewriteAfter = 4 << 20)
    {
        storage.Delete(TemporaryName);
        var file = storage.Open(FileName, create: true)!;
        try
        {
            storage.FlushFolder("");
            var log = new EpochLog(storage, file, logger, retained, rewriteAfter);
            log.ReadAll();
            return log;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Appends a record and makes it durable.</summary>
    internal void Append(EpochRecord record)
    {
        var bytes = Encode(record);
        _file.Write(_length, bytes);
        _file.Flush();
        _length += bytes.Length;
        Apply(record, bytes);
    }

    /// <summary>Rewrites the log if it has grown enough.</summary>
    /// <param name="foldedThrough">The last epoch whose delta is no longer needed.</param>
    internal void Bound(long foldedThrough)
    {
        if (_length < _rewriteAt)
            return;
        var keepFrom = _commits.Count <= _retained ? long.MinValue : _commits.Keys.ElementAt(_commits.Count - _retained);
        var dropped = _commits.Keys.Where(e => e < keepFrom && e <= foldedThrough).ToList();
        // As long as most of it is needed, writing it anew would hold up the commit for little.
        if (dropped.Count < _commits.Count / 2)
        {
            _rewriteAt = 2 * _length;
            return;
        }

        foreach (var epoch in dropped)
        {
            _commits.Remove(epoch);
            _plans.Remove(epoch);
        }

        _storage.Delete(TemporaryName);
        var fresh = _storage.Open(TemporaryName, create: true)!;
        try
        {
            long length = 0;
            foreach (var (epoch, plan) in _plans)
            {
                Write(plan);
                if (_commits.TryGetValue(epoch, out var delta))
                    Write(Encode(new EpochRecord(EpochRecordKind.Commit, epoch, Delta: delta)));
            }

            fresh.Flush();
            _storage.Rename(TemporaryName, FileName);
            _storage.FlushFolder("");
            _file.Dispose();
            _file = fresh;
            _length = length;
            _rewriteAt = Math.Max(_rewriteAfter, 2 * length);

            void Write(byte[] bytes)
            {
                fresh.Write(length, bytes);
                length += bytes.Length;
            }
        }
        catch
        {
            fresh.Dispose();
            throw;
        }
    }

    public void Dispose() => _file.Dispose();

    private static byte[] Encode(EpochRecord record)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(record, CheckpointJson.Default.EpochRecord);
        var bytes = new byte[HeaderBytes + 1 + json.Length];
        bytes[HeaderBytes] = FormatVersion;
        json.CopyTo(bytes, HeaderBytes + 1);
        BinaryPrimitives.WriteInt32LittleEndian(bytes, json.Length + 1);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), Crc32C.Of(bytes.AsSpan(HeaderBytes)));
        return bytes;
    }

    private static EpochRecord Decode(byte[] bytes) => JsonSerializer.Deserialize(bytes.AsSpan(HeaderBytes + 1), CheckpointJson.Default.EpochRecord)!;

    private static EpochPlan PlanIn(byte[] bytes) => Decode(bytes).Plan!;

    // The length of the record at a place, 0 if there is no whole record.
    private static int RecordAt(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length <= HeaderBytes || bytes[HeaderBytes] is 0)
            return 0;
        var length = BinaryPrimitives.ReadInt32LittleEndian(bytes);
        return length > 0 && length <= bytes.Length - HeaderBytes && Crc32C.Of(bytes.Slice(HeaderBytes, length)) == BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]) ? HeaderBytes + length : 0;
    }

    private void ReadAll()
    {
        var bytes = new byte[checked((int)_file.Length)];
        _ = _file.Read(0, bytes);
        var position = 0;
        var longest = 0;
        var last = 0;
        while (position < bytes.Length)
        {
            var length = RecordAt(bytes.AsSpan(position));
            if (length == 0)
                break;
            if (bytes[position + HeaderBytes] > FormatVersion)
                throw CheckpointErrors.NewerFormat(_storage.Location, bytes[position + HeaderBytes], FormatVersion);
            try
            {
                var record = bytes.AsSpan(position, length).ToArray();
                Apply(Decode(record), record);
            }
            catch (JsonException e)
            {
                throw CheckpointErrors.Damaged(_storage.Location, FileName, $"the record at byte {position} cannot be read", e);
            }

            position += length;
            last = length;
            longest = Math.Max(longest, length);
        }

        if (position < bytes.Length)
        {
            for (var next = position + 1; next < bytes.Length; next++)
            {
                if (RecordAt(bytes.AsSpan(next)) > 0)
                    throw CheckpointErrors.Damaged(_storage.Location, FileName, $"the record at byte {position} does not have the checksum it was written with, and good ones follow it");
            }

            // A record is durable before the next one is begun, so no more than one can be unfinished: what is longer than one was whole, and the epochs in it have had their effect.
            var rest = bytes.AsSpan(position);
            var claimed = rest.Length < sizeof(int) ? 0 : BinaryPrimitives.ReadInt32LittleEndian(rest);
            if ((claimed > 0 && rest.Length - HeaderBytes > claimed) || (longest > 0 && rest.Length > longest && !rest.ContainsAnyExcept((byte)0)))
                throw CheckpointErrors.Damaged(_storage.Location, FileName, $"the {rest.Length} bytes from {position} on are more than one unfinished record");
            LogCut(_logger, _storage.Location, bytes.Length - position, position);
            _file.Truncate(position);
        }

        // What is found here is acted on, so it must not be lost behind that: a process that was killed, or whose flush failed, may have left the last record unflushed.
        // It is written once more, because after a flush that failed the system takes what it has in memory for written, and would flush nothing.
        _file.Write(position - last, bytes.AsSpan(position - last, last));
        _file.Flush();
        _length = position;
    }

    private void Apply(EpochRecord record, byte[] bytes)
    {
        switch (record.Kind)
        {
            case EpochRecordKind.Plan when record.Plan is not null:
                _plans[record.Epoch] = bytes;
                _pending[record.Epoch] = record.Plan;
                break;
            case EpochRecordKind.Commit when record.Delta is not null && _plans.ContainsKey(record.Epoch):
                _commits[record.Epoch] = record.Delta;
                _pending.Remove(record.Epoch, out var committed);
                if (record.Epoch > LastEpoch)
                    (LastEpoch, _last) = (record.Epoch, committed);
                break;
            case EpochRecordKind.Forget when _commits.Remove(record.Epoch):
                _pending[record.Epoch] = PlanIn(_plans[record.Epoch]);
                (LastEpoch, _last) = (_commits.Count == 0 ? long.MinValue : _commits.Keys.Max(), null);
                break;
            default:
                throw CheckpointErrors.Damaged(_storage.Location, FileName, $"a record of epoch {record.Epoch} does not fit what stands before it");
        }
    }

    [LoggerMessage(2040, LogLevel.Warning, "The epoch log in {Location} ended in {Bytes} bytes that were not written to the end; they are cut off at {Position}.")]
    private static partial void LogCut(ILogger logger, string location, int bytes, int position);
}
