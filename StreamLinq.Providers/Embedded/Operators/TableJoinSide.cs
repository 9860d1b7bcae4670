// One side of a join of tables: its rows by key, in the order in which they came, and by their bytes, by which a row that goes is found.
namespace StreamLinq.Embedded;

/// <summary>A row of a side.</summary>
internal sealed class TableJoinRow<TKey, TRow>(long number, TKey key, TRow row, bool canMatch)
{
    public long Number { get; } = number;

    public TKey Key { get; } = key;

    public TRow Row = row;

    public bool CanMatch { get; } = canMatch;

    /// <summary>How often it is there.</summary>
    public long Count { get; set; }

    /// <summary>How often it was there before the epoch.</summary>
    public long Before { get; set; }

    public bool IsTouched { get; set; }

    /// <summary>How many rows of the other side match it; not kept where nobody asks.</summary>
    public long Partners { get; set; }

    public TableJoinRow<TKey, TRow>? Previous { get; set; }

    public TableJoinRow<TKey, TRow>? Next { get; set; }
}

internal sealed partial class TableJoinSide<TKey, TOwn, TOther, TRow, THash> : IRowTarget<JoinInput<TKey, TOwn>> where THash : struct, IKeyHash<TKey>
{
    private readonly Dictionary<KeyOf, (TableJoinRow<TKey, TOwn> First, TableJoinRow<TKey, TOwn> Last)> _byKey;
    private readonly JoinOutput<TRow> _output;
    private readonly JoinResult<TOwn, TOther, TRow> _result;
    private readonly JoinPairs<TOwn, TOther> _pairs;
    private readonly JoinKind _kind;
    private readonly bool _isLeft;
    private readonly bool _keepsOwn;
    private readonly bool _hasPairs;
    private TOther _none = default!;

    /// <param name="name">The join's name.</param>
    /// <param name="shape">The join.</param>
    /// <param name="seed">The query's seed.</param>
    /// <param name="output">Where results go.</param>
    /// <param name="left">Whether this is the left side.</param>
    public TableJoinSide(string name, JoinShape shape, ulong seed, JoinOutput<TRow> output, bool left)
    {
        var node = shape.Node;
        Name = $"{name}/{(left ? "left" : "right")}";
        _byKey = new(new KeyEquality(seed));
        _output = output;
        _isLeft = left;
        _kind = node.Kind;
        _keepsOwn = left ? node.KeepsLeft : node.KeepsRight;
        _hasPairs = node.Kind is not (JoinKind.Semi or JoinKind.Anti);
        _result = (JoinResult<TOwn, TOther, TRow>)shape.CompileResult(left);
        _pairs = new JoinPairs<TOwn, TOther>(node.Origin, (JoinCondition<TOwn, TOther>?)shape.CompileCondition(left), output.Context);
    }

    /// <summary>The other side; set once both are there.</summary>
    public TableJoinSide<TKey, TOther, TOwn, TRow, THash>? OtherSide { get; set; }

    public void Push(JoinInput<TKey, TOwn>[] rows, int from, int to, sbyte[]? weights)
    {
        for (var i = from; i < to; i++)
        {
            // A row that can match nothing is of interest only where it comes out alone.
            if (rows[i].CanMatch || _keepsOwn) Change(ref rows[i], weights is null ? 1 : weights[i]);
        }

        _output.Send();
    }

    private void Change(ref JoinInput<TKey, TOwn> input, int weight)
    {
        var row = Find(ref input) ?? (weight > 0 ? Add(ref input) : throw new InvalidOperationException("A row is taken back from a join that it never had: a lambda of the query gives different results for the same row."));
        Touch(row);
        var isNew = row.Count == 0;
        long partners = 0;
        if (row.CanMatch)
        {
            for (var other = OtherSide!.FirstOf(row.Key); other is not null; other = other.Next)
            {
                if (_pairs.HasCondition && !_pairs.Match(ref row.Row, ref other.Row, weight > 0 ? input.Place : JoinPairs<TOwn, TOther>.Told)) continue;
                partners += other.Count;
                Pair(row, other, weight);
            }
        }

        if (isNew) row.Partners = partners;
        if (row.Partners == 0 ? _keepsOwn : IsSemi) Send(_result(ref row.Row, ref _none, 0), weight);
        row.Count += weight;
        if (row.Count == 0) Remove(row);
    }

    private bool IsSemi => _isLeft && _kind == JoinKind.Semi;

    // A row of the other side has one partner more or less: its pair comes or goes, and with its first partner or its last it comes out in another way.
    private void Pair(TableJoinRow<TKey, TOwn> row, TableJoinRow<TKey, TOther> other, int weight)
    {
        var before = other.Partners;
        other.Partners += weight;
        if (before == 0) OtherSide!.SendAlone(other, -1);
        if (_hasPairs)
            for (var i = 0L; i < other.Count; i++) Send(_result(ref row.Row, ref other.Row, 0), weight);
        if (other.Partners == 0) OtherSide!.SendAlone(other, 1);
    }

    private void SendAlone(TableJoinRow<TKey, TOwn> row, int weight)
    {
        if (!_keepsOwn && !IsSemi) return;
        for (var i = 0L; i < row.Count; i++) Send(_result(ref row.Row, ref _none, 0), _keepsOwn ? weight : -weight);
    }

    private void Send(TRow result, int weight)
    {
        if (weight > 0) _output.Add(result);
        else _output.TakeBack(result);
    }

    /// <summary>Sends what this side gives to the table: its pairs, if they are asked for, and its rows that come out alone.</summary>
    public void SendTable(JoinOutput<TRow> output, bool pairs)
    {
        foreach (var row in _rows.Values.OrderBy(r => r.Number))
        {
            if (row.Partners == 0 ? _keepsOwn : IsSemi)
                for (var i = 0L; i < row.Count; i++) output.Add(_result(ref row.Row, ref _none, 0));
            if (!pairs || !_hasPairs || !row.CanMatch) continue;
            for (var other = OtherSide!.FirstOf(row.Key); other is not null; other = other.Next)
            {
                if (_pairs.HasCondition && !_pairs.Match(ref row.Row, ref other.Row, JoinPairs<TOwn, TOther>.Told)) continue;
                for (var i = 0L; i < row.Count * other.Count; i++) output.Add(_result(ref row.Row, ref other.Row, 0));
            }
        }
    }

    /// <summary>The first row of a key; null: there is none.</summary>
    public TableJoinRow<TKey, TOwn>? FirstOf(TKey key) => _byKey.TryGetValue(new KeyOf(key), out var rows) ? rows.First : null;

    private void Link(TableJoinRow<TKey, TOwn> row)
    {
        if (!row.CanMatch) return;
        var key = new KeyOf(row.Key);
        if (!_byKey.TryGetValue(key, out var rows))
        {
            _byKey[key] = (row, row);
            return;
        }

        row.Previous = rows.Last;
        rows.Last.Next = row;
        _byKey[key] = (rows.First, row);
    }

    private void Unlink(TableJoinRow<TKey, TOwn> row)
    {
        if (!row.CanMatch) return;
        var key = new KeyOf(row.Key);
        var (first, last) = _byKey[key];
        if (row.Previous is not null) row.Previous.Next = row.Next;
        if (row.Next is not null) row.Next.Previous = row.Previous;
        if (first == last) _byKey.Remove(key);
        else _byKey[key] = (first == row ? row.Next! : first, last == row ? row.Previous! : last);
    }

    // A key may be null where nulls match.
    private readonly record struct KeyOf(TKey Key);

    private sealed class KeyEquality(ulong seed) : IEqualityComparer<KeyOf>
    {
        public bool Equals(KeyOf x, KeyOf y) => EqualityComparer<TKey>.Default.Equals(x.Key, y.Key);

        public int GetHashCode(KeyOf key) => (int)(default(THash).Hash(key.Key, seed) >> 32);
    }
}
