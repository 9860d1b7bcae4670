// Process: calls the user's processor for each row in the order of arrival, with the state of its key, and for each timer that is due after the rows of the epoch.
// What it emits goes on at once; what it keeps stays resident, and an epoch writes what it changed. Nothing here depends on how rows were cut into batches or epochs, but for what the clock says.
using System.Globalization;

namespace StreamLinq.Embedded;

/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="TIn">The rows that come in.</typeparam>
/// <typeparam name="TResult">What the processor emits.</typeparam>
/// <typeparam name="TRow">What goes on: what is emitted, with its time if the stream has event time.</typeparam>
/// <typeparam name="THash">Hashes keys.</typeparam>
internal sealed class ProcessOperator<TKey, TIn, TResult, TRow, THash>
    : IRowTarget<(TKey Key, TIn Row, DateTimeOffset Time, int Place)>, IStreamOperator<TRow>, ILaneOperator, IProcessContext<TResult> where THash : struct, IKeyHash<TKey>
{
    private const int SendEvery = 4096;
    private const int KeyBytes = 160;
    private const int LongestKeyText = 100;

    private readonly string _origin;
    private readonly StatefulProcessor<TKey, TIn, TResult> _processor;
    private readonly Func<TResult, DateTimeOffset, TRow> _rowOf;
    private readonly bool _hasEventTime;
    private readonly StageContext _context;
    private readonly GroupTable<TKey, ProcessorKey<TKey>?, byte, THash> _keys;
    private readonly Codec<TKey> _codec = Codecs.Key<TKey>();
    private readonly ByteWriter _bytes = new();
    private readonly ProcessorStorage _storage;
    private readonly ProcessorTimers _timers;
    private readonly RowBuffer<TRow> _emitted = new();
    private readonly List<TKey> _gone = [];
    private EpochTime _time = new(EpochTime.NoWatermark, EpochTime.NoWatermark, 0);
    private DateTimeOffset _now;
    private bool _isFlushing;
    private int _fleeting;

    /// <param name="name">The name its state is kept under.</param>
    /// <param name="origin">The operator of the query, for errors.</param>
    /// <param name="seed">The query's seed.</param>
    /// <param name="processor">The user's processor; not bound yet.</param>
    /// <param name="rowOf">Makes the row that goes on of what is emitted and its time.</param>
    /// <param name="hasEventTime">Whether time is event time; else it is the epoch's clock.</param>
    /// <param name="context">Says which row the stages are at.</param>
    public ProcessOperator(
        string name, string origin, ulong seed, StatefulProcessor<TKey, TIn, TResult> processor, Func<TResult, DateTimeOffset, TRow> rowOf, bool hasEventTime, StageContext context)
    {
        Name = name;
        _origin = origin;
        _processor = processor;
        _rowOf = rowOf;
        _hasEventTime = hasEventTime;
        _context = context;
        _keys = new GroupTable<TKey, ProcessorKey<TKey>?, byte, THash>(seed, static (_, _) => 0, Canonical.For<TKey>());
        _storage = new ProcessorStorage(name, _codec.Schema, Restored, (reader, of) => LaneOfKey.HashOf(_codec.Read(reader), of));
        _timers = new ProcessorTimers(_storage, hasEventTime);
        processor.Bind(_storage);
        Tables = [_timers, .. _storage.Cells];
    }

    public string Name { get; }

    public LaneOrder? Order { get; init; }

    public IReadOnlyList<IStateTable> Tables { get; }

    public List<IRowTarget<TRow>> Targets { get; } = [];

    public long Rows => _keys.Count - _fleeting - RowsRemoved;

    public long RowsUpdated { get; private set; }

    public long RowsRemoved { get; private set; }

    public long MemoryBytes => _keys.MemoryBytes + ((long)_keys.Count * (KeyBytes + (8 * _storage.Cells.Count))) + _timers.MemoryBytes + _storage.Cells.Sum(c => c.MemoryBytes);

    public long? DueAt => _hasEventTime ? _timers.Earliest : null;

    public long? DueAtClock => _hasEventTime ? null : _timers.Earliest;

    // What is due at or before this fires, and what lives until then or shorter is freed.
    private long Until => _hasEventTime ? _time.Watermark : _time.Clock;

    private bool IsEnd => _hasEventTime && _time.Watermark == EpochTime.EndOfTime;

    DateTimeOffset IProcessContext<TResult>.Time => _storage.HasCurrent ? _now : throw Outside();

    Watermark IProcessContext<TResult>.Watermark => !_hasEventTime || _time.Watermark < Watermark.Minimum.Time.UtcTicks ? Watermark.Minimum
        : _time.Watermark >= Watermark.Maximum.Time.UtcTicks ? Watermark.Maximum
        : new Watermark(At(_time.Watermark));

    public void BeginEpoch(EpochTime time)
    {
        _time = time;
        _fleeting = 0;
    }

    public void Push((TKey Key, TIn Row, DateTimeOffset Time, int Place)[] rows, int from, int to, sbyte[]? weights)
    {
        for (var i = from; i < to; i++)
        {
            ref readonly var row = ref rows[i];
            if (Order is not null) Order.Row = i;
            var key = Key(row.Key);
            _now = _hasEventTime ? row.Time : At(_time.Clock);
            Enter(key);
            try
            {
                _processor.OnRow(key.Key, row.Row, this);
            }
            catch (Exception error)
            {
                throw new ProcessorFailureException(_origin, "OnRow", Text(key.Key), string.Create(CultureInfo.InvariantCulture, $"row {_context.RowBase + row.Place + 1} of {_context.Place}"), error);
            }

            _storage.Leave();
            Order?.Stamp(_emitted.Count, Order.At(i));
            if (_emitted.Count >= SendEvery) _emitted.Flush(Targets);
        }

        _emitted.Flush(Targets);
    }

    public void Flush()
    {
        _context.Place = $"the timers of {Name}";
        _context.RowBase = 0;
        _isFlushing = true;
        while (_timers.TryTake(Until, out var timer))
        {
            Fire(timer);
            Order?.Stamp(_emitted.Count, new RowStamp(timer.At, Key: timer.Key.Bytes));
            if (_emitted.Count >= SendEvery) Send();
        }

        _isFlushing = false;
        Send();
        _storage.Sweep(Until);
        RowsUpdated = RowsRemoved = _fleeting = 0;
        foreach (var key in _storage.Touched)
        {
            if (key.Entries == 0)
            {
                if (key.IsKept) RowsRemoved++;
                else _fleeting++;
            }
            else if (key.IsChanged) RowsUpdated++;
        }
    }

    private void Fire(ProcessorTimer timer)
    {
        var key = (ProcessorKey<TKey>)timer.Key;
        _now = At(timer.At);
        Enter(key);
        try
        {
            _processor.OnTimer(key.Key, _now, this);
        }
        catch (Exception error)
        {
            throw new ProcessorFailureException(_origin, "OnTimer", Text(key.Key), string.Create(CultureInfo.InvariantCulture, $"timer of {_now:O}"), error);
        }

        _storage.Leave();
    }

    // Time to live counts in event time from row to row, so it must not matter in which epoch a row comes. Only late rows come after what they would have seen was freed, and count as if they
    // came at the watermark. Where there is no event time the clock stands still during an epoch.
    private void Enter(ProcessorKey key) => _storage.Enter(key, _hasEventTime ? Math.Max(_now.UtcTicks, _time.LateUntil) : _time.Clock);

    private void Send()
    {
        var count = _emitted.Count;
        _emitted.Flush(Targets);
        _context.RowBase += count;
    }

    void IProcessContext<TResult>.Emit(TResult row)
    {
        if (!_storage.HasCurrent) throw Outside();
        _emitted.Add(_rowOf(row, _now));
    }

    // At the end of the input there is no next epoch. Timers that rows set then still fire, those that timers set do not: a timer that sets the next one would never end.
    void IProcessContext<TResult>.SetTimer(DateTimeOffset at)
    {
        var timer = new ProcessorTimer(at.UtcTicks, _storage.Current);
        if (!IsEnd) _timers.Set(timer, inNextEpoch: timer.At <= Until);
        else if (!_isFlushing) _timers.Set(timer, inNextEpoch: false);
    }

    void IProcessContext<TResult>.DeleteTimer(DateTimeOffset at) => _timers.Delete(new ProcessorTimer(at.UtcTicks, _storage.Current));

    public void EndEpoch()
    {
        RowsRemoved = _fleeting = 0;
        _timers.EndEpoch();
        foreach (var key in _storage.Touched)
            if (key.Entries == 0) _gone.Add(((ProcessorKey<TKey>)key).Key);
        _storage.EndEpoch();
        _keys.EndEpoch(_gone);
        _gone.Clear();
    }

    private ProcessorKey<TKey> Key(TKey key)
    {
        var slot = _keys.Slot(key);
        ref var entry = ref _keys.Entries[slot];
        return entry.Accumulator ??= Made(entry.Key);
    }

    private ProcessorKey<TKey> Made(TKey key)
    {
        _bytes.Clear();
        _codec.Write(_bytes, key);
        return new ProcessorKey<TKey>(key, _bytes.Written.ToArray(), _storage.Cells.Count);
    }

    private ProcessorKey<TKey> Restored(ByteReader reader)
    {
        var key = _codec.Read(reader);
        var known = Key(key);
        _keys.Restore(key, known);
        return known;
    }

    private static DateTimeOffset At(long ticks) => new(ticks, TimeSpan.Zero);

    private static InvalidOperationException Outside() => new("The context of a processor can be used during OnRow and OnTimer only.");

    private static string Text(TKey key)
    {
        var text = Convert.ToString(key, CultureInfo.InvariantCulture) ?? "null";
        return text.Length <= LongestKeyText ? $"'{text}'" : $"'{text[..LongestKeyText]}…'";
    }
}
