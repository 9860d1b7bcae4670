// How far event time has come behind one WithEventTime: what each partition has shown, and from that the watermark. The loop compares each row with one number and does no more.
// A watermark is only ever asked for between two epochs and logged before the next one, so that an epoch that runs again has the same.
using System.Numerics;
using System.Runtime.CompilerServices;

namespace StreamLinq.Embedded;

/// <summary>A partition of a source as the planner of an epoch knows it.</summary>
/// <param name="Id">Its name, unique in the query.</param>
/// <param name="HasUnread">Whether the epoch will read rows of it.</param>
/// <param name="HasEnded">Whether nothing will ever come any more.</param>
internal readonly record struct PartitionState(string Id, bool HasUnread, bool HasEnded);

/// <summary>Single writer. Subclasses say what a partition promises.</summary>
internal class WatermarkTracker : IStateTable
{
    /// <summary>Lateness is counted in powers of two of a millisecond.</summary>
    internal const int Buckets = 64;

    /// <summary>Of rows within the delay so many stand for one; a power of two.</summary>
    internal const int SampleEvery = 16;

    private readonly long _idleTimeout;
    private readonly long _maxAhead;
    private readonly Codec<string> _keys = Codecs.Key<string>();
    private readonly Codec<long> _values = Codecs.Value<long>();
    private readonly ByteWriter _bytes = new();
    private readonly ByteReader _reader = new();
    private readonly long[] _lateness = new long[Buckets];
    private readonly Dictionary<string, Seen> _partitions = new(StringComparer.Ordinal);
    private readonly List<Seen> _known = [];
    private Seen _current = new("");

    /// <param name="name">The name its state is kept under.</param>
    /// <param name="strategy">How the watermark follows.</param>
    /// <param name="defaultMaxAhead">How far a row may be ahead of the clock where the strategy does not say.</param>
    public WatermarkTracker(string name, WatermarkStrategy strategy, TimeSpan defaultMaxAhead)
    {
        Name = name;
        Delay = strategy is DelayedWatermarks delayed ? Math.Min(delayed.Delay.Ticks, DateTimeOffset.MaxValue.Ticks) : 0;
        // A generator of the user's own speaks for silent partitions too, unless he says otherwise.
        _idleTimeout = (strategy.IdleTimeout ?? (strategy.RowType is null ? TimeSpan.FromMinutes(1) : TimeSpan.MaxValue)).Ticks;
        _maxAhead = (strategy.MaxAhead ?? defaultMaxAhead).Ticks;
    }

    /// <summary>The greatest time of the partition that is being read.</summary>
    public long Greatest = EpochTime.NoWatermark;

    /// <summary>What is promised: rows are at most so far behind.</summary>
    public readonly long Delay;

    /// <summary>Rows beyond it do not move the watermark.</summary>
    public long Limit = long.MaxValue;

    public string Name { get; }

    public string Schema => $"{_keys.Schema} -> {_values.Schema}";

    /// <summary>The sources its rows come from.</summary>
    internal HashSet<string> Sources { get; } = new(StringComparer.Ordinal);

    /// <summary>Where its rows come from directly: a source, or an operator with state.</summary>
    internal HashSet<string> Feeds { get; } = new(StringComparer.Ordinal);

    /// <summary>Sources whose rows come through an operator that sends some on at once: the feed they count for.</summary>
    internal Dictionary<string, string> Through { get; } = new(StringComparer.Ordinal);

    /// <summary>The watermark the epoch runs with.</summary>
    internal long Watermark { get; private set; } = EpochTime.NoWatermark;

    /// <summary>The one of the epoch before.</summary>
    internal long LateUntil { get; private set; } = EpochTime.NoWatermark;

    /// <summary>Rows too far ahead of the clock to move the watermark.</summary>
    internal long RowsAhead { get; private set; }

    // Which partition is furthest behind now; nobody where there is but one.
    private string? HeldBackBy => _known.Count < 2 ? null : _known.Where(p => !p.HasEnded && !p.IsIdle).MinBy(p => p.Greatest)?.Id;

    /// <summary>Whether the watermark may move without rows.</summary>
    internal virtual bool FollowsClock => false;

    /// <summary>Whether all that has not ended is idle: where inputs meet, it does not hold the others back.</summary>
    internal bool IsIdle { get; private set; }

    internal virtual void BeginEpoch(EpochTime time)
    {
        Watermark = time.Watermark;
        LateUntil = time.LateUntil;
        Limit = _maxAhead >= DateTimeOffset.MaxValue.Ticks - time.Clock ? long.MaxValue : time.Clock + _maxAhead;
    }

    /// <summary>Rows of a partition follow.</summary>
    internal void BeginPartition(string feed, string id)
    {
        EndPartition();
        if (Feeds.Contains(feed)) _current = Of(id);
        else if (Through.TryGetValue(feed, out var by)) _current = Of(by);
        else return;
        Greatest = _current.Greatest;
        Begin(_current);
    }

    private void EndPartition() => _current.Greatest = Greatest;

    private protected virtual void Begin(Seen partition) { }

    /// <summary>A row that is older than the newest of its partition, within the delay: one in <see cref="SampleEvery"/> is told.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Behind(long ticks) => _lateness[Bucket(ticks)] += SampleEvery;

    /// <summary>A row that is further behind than the delay promises, or too far ahead of the clock.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Unusual(long ticks)
    {
        if (ticks > Greatest) RowsAhead++;
        else _lateness[Bucket(ticks)]++;
    }

    private int Bucket(long ticks) => (ulong)(Greatest - ticks) / TimeSpan.TicksPerMillisecond is var late and > 0 ? BitOperations.Log2(late) + 1 : 0;

    private Seen Of(string id)
    {
        if (!_partitions.TryGetValue(id, out var seen)) _partitions[id] = seen = new Seen(id);
        return seen;
    }

    /// <summary>The watermark for the next epoch: the least that a partition promises. One that has not spoken holds it back; one that is known to have nothing unread does so for the idle timeout only.</summary>
    /// <param name="partitions">What is known of the partitions.</param>
    /// <param name="clock">The clock of the next epoch.</param>
    internal virtual long Next(IReadOnlyList<PartitionState> partitions, long clock)
    {
        EndPartition();
        _known.Clear();
        NextIdle = null;
        long? least = null;
        long? leastIdle = null;
        var allEnded = partitions.Count > 0;
        foreach (var (id, hasUnread, hasEnded) in partitions)
        {
            var seen = Of(id);
            _known.Add(seen);
            seen.HasEnded = hasEnded;
            if (hasEnded) continue;
            allEnded = false;
            if (hasUnread || seen.ActiveAt == 0) seen.ActiveAt = clock;
            seen.IsIdle = !hasUnread && clock - seen.ActiveAt >= _idleTimeout;
            var promised = Promised(seen, clock);
            if (seen.IsIdle)
            {
                leastIdle = Math.Min(leastIdle ?? long.MaxValue, promised);
                continue;
            }

            if (_idleTimeout < TimeSpan.MaxValue.Ticks - seen.ActiveAt) NextIdle = Math.Min(NextIdle ?? long.MaxValue, seen.ActiveAt + _idleTimeout);
            if (least is null || promised < least) least = promised;
        }

        IsIdle = least is null && leastIdle is not null;
        if (allEnded) return EpochTime.EndOfTime;
        // Where all are idle nothing moves but what a generator promises without rows.
        least ??= leastIdle;
        var next = least is { } found and > EpochTime.NoWatermark ? WholeMilliseconds(found) : EpochTime.NoWatermark;
        return Math.Max(Watermark, next);
    }

    /// <summary>When a partition that holds the watermark back would become idle; null: nothing waits for that.</summary>
    internal long? NextIdle { get; private set; }

    // What lies before the calendar is no promise.
    private protected virtual long Promised(Seen partition, long clock) => partition.Greatest < Delay ? EpochTime.NoWatermark : partition.Greatest - Delay;

    // Rounded down, so that a watermark never promises more than its rows do.
    private static long WholeMilliseconds(long ticks) => ticks == EpochTime.EndOfTime ? ticks : ticks - (ticks % TimeSpan.TicksPerMillisecond);

    /// <summary>How it stands, for the progress.</summary>
    internal EventTimeProgress Progress()
    {
        EndPartition();
        var lateness = new List<LatenessCount>();
        for (var i = 0; i < Buckets; i++)
            if (_lateness[i] > 0) lateness.Add(new LatenessCount(i < 49 ? TimeSpan.FromMilliseconds(1L << i) : TimeSpan.MaxValue, _lateness[i]));
        return new EventTimeProgress(Name, ToWatermark(Watermark), LatestTime, HeldBackBy, [.. _partitions.Values.Where(p => p.IsIdle).Select(p => p.Id).Order(StringComparer.Ordinal)], RowsAhead, lateness);
    }

    internal static Watermark? ToWatermark(long ticks) => ticks switch
    {
        EpochTime.NoWatermark => null,
        EpochTime.EndOfTime => StreamLinq.Watermark.Maximum,
        _ => new Watermark(new DateTimeOffset(ticks, TimeSpan.Zero)),
    };

    private DateTimeOffset? LatestTime =>
        _partitions.Values.Select(p => p.Greatest).DefaultIfEmpty(EpochTime.NoWatermark).Max() is var most and > EpochTime.NoWatermark ? new DateTimeOffset(most, TimeSpan.Zero) : null;

    /// <summary>Moves the watermark by hand, for tests.</summary>
    internal void Force(long ticks) => Forced = Math.Max(Forced, ticks);

    internal long Forced { get; private set; } = EpochTime.NoWatermark;

    public void Restore(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        var id = _keys.Decode(_reader, key);
        var ticks = _values.Decode(_reader, value);
        if (id.Length == 0) Watermark = ticks;
        else Of(id).Greatest = Of(id).Saved = ticks;
    }

    public void WriteChanges(StateDelta delta, int table)
    {
        EndPartition();
        // At the end of the input everything closes, but a restart that finds more input goes on from what the rows have shown.
        if (Watermark is > EpochTime.NoWatermark and < EpochTime.EndOfTime) Write(delta, table, "", Watermark);
        foreach (var seen in _partitions.Values)
        {
            if (seen.Greatest == seen.Saved) continue;
            Write(delta, table, seen.Id, seen.Greatest);
            seen.Saved = seen.Greatest;
        }
    }

    private void Write(StateDelta delta, int table, string id, long ticks)
    {
        _bytes.Clear();
        _keys.Write(_bytes, id);
        var length = _bytes.Length;
        _values.Write(_bytes, ticks);
        delta.Put(table, _bytes.Slice(0, length), _bytes.Slice(length, _bytes.Length - length));
    }

    /// <summary>What a partition has shown.</summary>
    private protected sealed class Seen(string id)
    {
        internal string Id => id;

        internal long Greatest = EpochTime.NoWatermark;
        internal long Saved = EpochTime.NoWatermark;
        internal long ActiveAt;
        internal bool IsIdle;
        internal bool HasEnded;
    }
}
