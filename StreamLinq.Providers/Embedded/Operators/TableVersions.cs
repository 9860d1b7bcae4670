// The versions of the rows of a table: of each row of the table those that a row still to come may ask for, which are the one that holds at the watermark and all later ones. A look-up goes by the key of the join, which
// need not be that of the table: for each join key it is known which rows of the table have, or had, a version with it.
namespace StreamLinq.Embedded;

/// <summary>A version on its way into a join.</summary>
internal readonly struct VersionInput<TTable, TKey, TRow>(TTable table, JoinInput<TKey, TRow> input, bool isThere, bool canMatch)
{
    /// <summary>The key of the table.</summary>
    public readonly TTable Table = table;

    public readonly JoinInput<TKey, TRow> Input = input;

    /// <summary>False: the row is gone from then on.</summary>
    public readonly bool IsThere = isThere;

    /// <summary>Whether some left row can match it.</summary>
    public readonly bool CanMatch = canMatch && input.CanMatch;
}

/// <summary>What a row of the table was from a time on.</summary>
internal sealed class RowVersion<TKey, TRow>(long time, long sequence, bool isThere, bool canMatch, TKey key, TRow row)
{
    internal readonly long Time = time;

    internal readonly long Sequence = sequence;

    internal readonly bool IsThere = isThere;

    internal readonly bool CanMatch = canMatch;

    internal readonly TKey Key = key;

    /// <summary>A field, because the functions of a join take rows by reference.</summary>
    internal TRow Row = row;

    /// <summary>Whether the checkpoint has an entry for it, or for the one it has taken the place of.</summary>
    internal bool IsStored;

    internal bool IsGone;
}

/// <typeparam name="TTable">The key of the table.</typeparam>
/// <typeparam name="TKey">The key of the join.</typeparam>
/// <typeparam name="TRow">What is kept of a version.</typeparam>
/// <param name="name">The operator's name.</param>
/// <param name="dropsLate">Whether a version that comes after the watermark has passed its time is dropped: where rows go, it might bring back one that is forgotten.</param>
internal sealed class TableVersions<TTable, TKey, TRow>(string name, bool dropsLate) : IRowTarget<VersionInput<TTable, TKey, TRow>>, IStateTable
{
    private readonly Codec<(TTable Table, long Time)> _keys = Codecs.Key<(TTable Table, long Time)>();
    private readonly Codec<(long Sequence, bool IsThere, bool CanMatch, TKey Key, TRow Row)> _values = Codecs.Value<(long Sequence, bool IsThere, bool CanMatch, TKey Key, TRow Row)>();
    private readonly ByteReader _reader = new();
    private readonly Dictionary<TableKey, History> _rows = [];
    private readonly Dictionary<JoinKey, List<History>> _byKey = [];
    private readonly PriorityQueue<History, long> _due = new();
    private readonly List<(TTable Table, RowVersion<TKey, TRow> Version)> _added = [];
    private readonly List<(TTable Table, long Time)> _removed = [];
    private EpochTime _time = new(EpochTime.NoWatermark, EpochTime.NoWatermark, 0);
    private long _next;

    public string Name { get; } = $"{name}/right";

    public string Schema => $"{_keys.Schema} -> {_values.Schema}";

    internal long Count { get; private set; }

    internal int Added => _added.Count;

    internal int Removed => _removed.Count;

    internal long RowsLate { get; private set; }

    // A version with its header, its places in the lists, and its part of the dictionaries.
    internal long MemoryBytes => Count * (System.Runtime.CompilerServices.Unsafe.SizeOf<(long, TKey, TRow)>() + 64);

    internal long? DueAt => _due.TryPeek(out _, out var time) ? time : null;

    internal void BeginEpoch(EpochTime time) => _time = time;

    public void Push(VersionInput<TTable, TKey, TRow>[] rows, int from, int to, sbyte[]? weights)
    {
        for (var i = from; i < to; i++)
        {
            ref readonly var row = ref rows[i];
            if (dropsLate && row.Input.Time <= _time.LateUntil)
            {
                RowsLate++;
                continue;
            }

            var version = new RowVersion<TKey, TRow>(row.Input.Time, _next++, row.IsThere, row.CanMatch, row.CanMatch ? row.Input.Key : default!, row.CanMatch ? row.Input.Row : default!);
            Add(row.Table, version);
            _added.Add((row.Table, version));
        }
    }

    /// <summary>The versions with a join key that held at a time.</summary>
    internal void Find(TKey key, long time, List<RowVersion<TKey, TRow>> found)
    {
        if (!_byKey.TryGetValue(new(key), out var rows)) return;
        foreach (var row in rows)
        {
            var at = row.After(time) - 1;
            if (at >= 0 && row.Versions[at] is { CanMatch: true } version && EqualityComparer<TKey>.Default.Equals(version.Key, key)) found.Add(version);
        }

        if (found.Count > 1) found.Sort(static (a, b) => a.Sequence.CompareTo(b.Sequence));
    }

    /// <summary>Forgets what no row after the watermark can ask for.</summary>
    internal void Forget(long watermark)
    {
        while (_due.TryPeek(out var row, out var time) && time <= watermark)
        {
            _due.Dequeue();
            var held = row.After(watermark) - 1;
            var count = held < 0 ? 0 : row.Versions[held].IsThere ? held : held + 1;
            if (count == 0) continue;
            for (var i = 0; i < count; i++) Drop(row, row.Versions[i]);
            var dropped = row.Versions[..count];
            row.Versions.RemoveRange(0, count);
            foreach (var version in dropped) Unlist(row, version);
            if (row.Versions.Count == 0) _rows.Remove(new(row.Table));
        }
    }

    private void Add(TTable table, RowVersion<TKey, TRow> version)
    {
        if (!_rows.TryGetValue(new(table), out var row)) _rows[new(table)] = row = new History(table);
        var at = row.After(version.Time);
        var isListed = version.CanMatch && row.Versions.Exists(v => v.CanMatch && EqualityComparer<TKey>.Default.Equals(v.Key, version.Key));
        if (at > 0 && row.Versions[at - 1] is var same && same.Time == version.Time)
        {
            version.IsStored = same.IsStored;
            same.IsGone = true;
            Count--;
            row.Versions[--at] = version;
            Unlist(row, same);
        }
        else
        {
            row.Versions.Insert(at, version);
        }

        Count++;
        if (version.CanMatch && !isListed)
        {
            if (!_byKey.TryGetValue(new(version.Key), out var rows)) _byKey[new(version.Key)] = rows = [];
            rows.Add(row);
        }

        // From when on one of the versions is of no use.
        if (at > 0 || !version.IsThere) _due.Enqueue(row, version.Time);
        if (at == 0 && row.Versions.Count > 1) _due.Enqueue(row, row.Versions[1].Time);
    }

    private void Drop(History row, RowVersion<TKey, TRow> version)
    {
        version.IsGone = true;
        Count--;
        if (version.IsStored) _removed.Add((row.Table, version.Time));
    }

    private void Unlist(History row, RowVersion<TKey, TRow> gone)
    {
        if (!gone.CanMatch || row.Versions.Exists(v => v.CanMatch && EqualityComparer<TKey>.Default.Equals(v.Key, gone.Key)) || !_byKey.TryGetValue(new(gone.Key), out var rows)) return;
        rows.Remove(row);
        if (rows.Count == 0) _byKey.Remove(new(gone.Key));
    }

    public void Restore(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        var (table, time) = _keys.Decode(_reader, key);
        var (sequence, isThere, canMatch, of, row) = _values.Decode(_reader, value);
        Add(table, new RowVersion<TKey, TRow>(time, sequence, isThere, canMatch, of, row) { IsStored = true });
        _next = Math.Max(_next, sequence + 1);
    }

    public void WriteChanges(StateDelta delta, int table)
    {
        foreach (var place in _removed) delta.Remove(table, _keys, place);
        foreach (var (of, version) in _added)
            if (!version.IsGone) delta.Put(table, _keys, (of, version.Time), _values, (version.Sequence, version.IsThere, version.CanMatch, version.Key, version.Row));
    }

    internal void EndEpoch()
    {
        foreach (var (_, version) in _added) version.IsStored = true;
        _added.Clear();
        _removed.Clear();
    }

    // Keys come from outside: they are compared and hashed as keys are. Wrapped, because a key may be a type that is null by default.
    private readonly record struct TableKey(TTable Key)
    {
        public bool Equals(TableKey other) => SeededEquality<TTable>.Instance.Equals(Key, other.Key);

        public override int GetHashCode() => SeededEquality<TTable>.Instance.GetHashCode(Key!);
    }

    private readonly record struct JoinKey(TKey Key)
    {
        public bool Equals(JoinKey other) => SeededEquality<TKey>.Instance.Equals(Key, other.Key);

        public override int GetHashCode() => SeededEquality<TKey>.Instance.GetHashCode(Key!);
    }

    // The versions of a row of the table, earliest first; no two with one time.
    private sealed class History(TTable table)
    {
        internal TTable Table => table;

        internal List<RowVersion<TKey, TRow>> Versions { get; } = [];

        /// <summary>The place of the first version later than a time.</summary>
        internal int After(long time)
        {
            if (Versions.Count == 0 || Versions[^1].Time <= time) return Versions.Count;
            var (low, high) = (0, Versions.Count - 1);
            while (low < high)
            {
                var middle = (low + high) / 2;
                if (Versions[middle].Time <= time) low = middle + 1;
                else high = middle;
            }

            return low;
        }
    }
}
