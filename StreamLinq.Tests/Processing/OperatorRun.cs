// Drives a Process operator without a query: epochs with times of the test's choice, what they wrote kept as a checkpoint would keep it, and crashes that leave nothing else.
using NUnit.Framework;
using StreamLinq.Embedded;

namespace StreamLinq.Tests.Processing;

internal sealed class OperatorRun<TKey, TIn, TOut>(Func<StatefulProcessor<TKey, TIn, TOut>> factory, bool hasEventTime)
{
    private readonly Dictionary<(int Table, string Key), byte[]> _durable = [];
    private readonly StateDelta _delta = new(new CheckpointLayout(), _ => "");
    private long _epoch;
    private long _watermark = EpochTime.NoWatermark;
    private Target _target = new();
    private ProcessOperator<TKey, TIn, TOut, (TOut Row, DateTimeOffset Time), CompiledHash<TKey>>? _operator;

    public ProcessOperator<TKey, TIn, TOut, (TOut Row, DateTimeOffset Time), CompiledHash<TKey>> Operator => _operator ??= Start();

    /// <summary>How many entries are stored.</summary>
    public int Stored => _durable.Count;

    /// <summary>How many changes the last epoch wrote.</summary>
    public long Written { get; private set; }

    public void Crash() => _operator = null;

    /// <summary>An epoch of a stream with event time.</summary>
    public IReadOnlyList<(TOut Row, DateTimeOffset Time)> Epoch(long watermark, params (TKey Key, TIn Row, DateTimeOffset Time)[] rows) => Epoch(watermark, 0, rows);

    public IReadOnlyList<(TOut Row, DateTimeOffset Time)> Epoch(long watermark, long clock, (TKey Key, TIn Row, DateTimeOffset Time)[] rows, bool commit = true, int batch = int.MaxValue)
    {
        var time = new EpochTime(watermark, _watermark, clock);
        Operator.BeginEpoch(time);
        _target = new Target();
        Operator.Targets.Clear();
        Operator.Targets.Add(_target);
        var all = rows.Select((r, i) => (r.Key, r.Row, r.Time, i)).ToArray();
        for (var from = 0; from < all.Length; from += Math.Min(batch, all.Length - from)) Operator.Push(all, from, Math.Min(all.Length, from + Math.Min(batch, all.Length - from)), null);
        Operator.Flush();
        if (commit) Commit();
        else Crash();
        if (commit) _watermark = watermark;
        return _target.Rows;
    }

    private void Commit()
    {
        _delta.Begin(_epoch++);
        for (var table = 0; table < Operator.Tables.Count; table++) Operator.Tables[table].WriteChanges(_delta, table);
        Written = _delta.Count;
        for (var part = 0; part < _delta.Parts; part++)
        {
            StateDelta.TryVisit(_delta.Part(part), (table, key, removed, value) =>
            {
                var at = (table, Convert.ToHexString(key));
                if (removed) Assert.That(_durable.Remove(at), Is.True, "what is removed was stored");
                else _durable[at] = value.ToArray();
            });
        }

        Operator.EndEpoch();
    }

    // Entries come back in an order that means nothing.
    private ProcessOperator<TKey, TIn, TOut, (TOut, DateTimeOffset), CompiledHash<TKey>> Start()
    {
        var made = new ProcessOperator<TKey, TIn, TOut, (TOut, DateTimeOffset), CompiledHash<TKey>>("process-1", "Process()", 7, factory(), (row, time) => (row, time), hasEventTime, new StageContext());
        var entries = _durable.ToArray();
        new Random(_durable.Count).Shuffle(entries);
        foreach (var ((table, key), value) in entries) made.Tables[table].Restore(Convert.FromHexString(key), value);
        return made;
    }

    private sealed class Target : IRowTarget<(TOut Row, DateTimeOffset Time)>
    {
        public List<(TOut Row, DateTimeOffset Time)> Rows { get; } = [];

        public void Push((TOut Row, DateTimeOffset Time)[] rows, int from, int to, sbyte[]? weights) => Rows.AddRange(rows[from..to]);
    }
}
