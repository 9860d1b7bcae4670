// The output of a table: all modes are views of one changelog. Rows that come and go within an epoch, or do not change, are never seen.
// Where each key is known to come once per epoch, which is so for a group-by, nothing has to be looked up to see to that.
using System.Runtime.CompilerServices;

namespace StreamLinq.Embedded;

/// <summary>A row on its way out, with what tells it apart and what it is ordered by.</summary>
internal readonly record struct TableRow<TKey, TOrder, T>(TKey Key, TOrder Order, T Row);

/// <summary>What is known of the keys of a table's changes.</summary>
internal enum KeyComes
{
    /// <summary>Nothing: a key may come and go several times in an epoch.</summary>
    AnyTime,

    /// <summary>Once per epoch at most: the key's old row, its new row, or the old one and right behind it the new one.</summary>
    Once,

    /// <summary>Once, and never with an old row alone or two rows that are the same. The old row is not looked at.</summary>
    OnceChanged,
}

/// <typeparam name="TKey">The table's key; <see cref="byte"/> if it has none, then rows are told apart by their bytes.</typeparam>
/// <typeparam name="TOrder">What Complete is ordered by.</typeparam>
/// <typeparam name="T">The rows.</typeparam>
internal sealed class TableQueryOutput<TKey, TOrder, T> : QueryOutput<T>, IRowTarget<TableRow<TKey, TOrder, T>>
{
    private readonly OutputMode _mode;
    private readonly bool _hasKey;
    private readonly KeyComes _comes;
    private readonly WholeTable<TKey, TOrder, T> _whole;
    private readonly Codec<T> _rows = Codecs.Value<T>();
    private readonly Codec<TKey> _keys = Codecs.Key<TKey>();
    private readonly ByteWriter _bytes = new();
    private readonly Dictionary<Identity, int> _index;
    private readonly List<NetRow> _net = [];
    private readonly RowBuffer<Change<T>> _changes = new();
    private bool _tableChanged;
    private readonly Func<T, T, bool>? _exactlySame = ExactEquality.Of<T>();

    /// <param name="sink">Where the rows go.</param>
    /// <param name="mode">How they are written.</param>
    /// <param name="hasKey">Whether the rows have a key.</param>
    /// <param name="comes">What is known of how keys come.</param>
    /// <param name="order">What Complete is ordered by; null: nothing.</param>
    public TableQueryOutput(IStreamSink<T> sink, OutputMode mode, bool hasKey, KeyComes comes, Comparison<TOrder>? order) : base(sink)
    {
        _mode = mode;
        _hasKey = hasKey;
        _comes = comes;
        _whole = new WholeTable<TKey, TOrder, T>(order, (bytes, row) => { if (_hasKey) _keys.Write(bytes, row.Key); else _rows.Write(bytes, row.Row); });
        _index = new Dictionary<Identity, int>(new IdentityComparer());
    }

    /// <summary>Where the rows of a table go that is written whole.</summary>
    internal IRowTarget<TableRow<TKey, TOrder, T>> Whole => _whole;

    /// <summary>Sends the whole table to <see cref="Whole"/>; set once the stages are built.</summary>
    internal Action SendAll { get; set; } = static () => { };

    /// <summary>Where whoever knows the changes as they are to be written may put them.</summary>
    internal RowBuffer<Change<T>> Changes => _changes;

    /// <summary>Says that the table, which is written whole, has changed in this epoch.</summary>
    internal void TableChanged() => _tableChanged = true;

    // A key that comes once per epoch has come: what there is can go, and need not pile up.
    public override bool HasUnwritten => _comes != KeyComes.AnyTime && _mode != OutputMode.Complete && _changes.Count > 0;

    public override ValueTask DrainAsync(long epoch, CancellationToken cancellationToken) => WriteRestAsync(epoch, cancellationToken);

    public void Push(TableRow<TKey, TOrder, T>[] rows, int from, int to, sbyte[]? weights)
    {
        if (_comes != KeyComes.AnyTime) AddOnce(rows.AsSpan(from, to - from), weights.AsSpan(from, to - from));
        else
            for (var i = from; i < to; i++) Add(rows[i].Key, rows[i].Row, weights![i]);
    }

    private void AddOnce(ReadOnlySpan<TableRow<TKey, TOrder, T>> rows, ReadOnlySpan<sbyte> weights)
    {
        for (var i = 0; i < rows.Length; i++)
        {
            if (weights[i] > 0)
            {
                Change(false, default, true, rows[i].Row);
                continue;
            }

            var stays = i + 1 < rows.Length && weights[i + 1] > 0 && EqualityComparer<TKey>.Default.Equals(rows[i].Key, rows[i + 1].Key);
            if (stays && _comes == KeyComes.OnceChanged) _changes.Add(new Change<T>(ChangeKind.Upsert, rows[i + 1].Row));
            else Change(true, rows[i].Row, stays, stays ? rows[i + 1].Row : default);
            if (stays) i++;
        }
    }

    private void Add(TKey key, T row, sbyte weight)
    {
        var identity = new Identity(key, _hasKey ? null : Bytes(row));
        if (!_index.TryGetValue(identity, out var at))
        {
            _index[identity] = at = _net.Count;
            _net.Add(new NetRow { HasOld = weight < 0, Old = row });
        }

        // A key has one row at a time: the first to go was the old one, the last to come is the new one. Rows without a key are counted.
        var net = _net[at];
        net.Count += weight;
        net.HasNew = _hasKey ? weight > 0 : net.Count > 0;
        if (weight > 0 || !_hasKey) net.New = row;
        _net[at] = net;
    }

    private protected override async ValueTask WriteRestAsync(long epoch, CancellationToken cancellationToken)
    {
        Consolidate();
        _net.Clear();
        _index.Clear();
        var count = _changes.Count;
        if (count == 0 && !_tableChanged) return;
        _tableChanged = false;
        _changes.Count = 0;
        if (_mode == OutputMode.Complete) await WriteWholeAsync(epoch, cancellationToken).ConfigureAwait(false);
        else await WriteAsync(epoch, false, _changes.Rows.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
        if (RuntimeHelpers.IsReferenceOrContainsReferences<T>()) Array.Clear(_changes.Rows, 0, count);
    }

    private async ValueTask WriteWholeAsync(long epoch, CancellationToken cancellationToken)
    {
        SendAll();
        await WriteAsync(epoch, true, _whole.Sorted(), cancellationToken).ConfigureAwait(false);
        _whole.Clear();
    }

    private void Consolidate()
    {
        foreach (var net in _net)
        {
            if (_hasKey)
            {
                Change(net.HasOld, net.Old, net.HasNew, net.New);
                continue;
            }

            for (var i = net.Count; i < 0; i++) _changes.Add(new Change<T>(ChangeKind.Delete, net.New!));
            for (var i = 0; i < net.Count; i++) _changes.Add(new Change<T>(ChangeKind.Insert, net.New!));
        }
    }

    // What the epoch did to a key.
    private void Change(bool hasOld, T? old, bool hasNew, T? @new)
    {
        if ((hasOld && hasNew && Same(old!, @new!)) || (!hasOld && !hasNew)) return;
        if (_mode != OutputMode.Changelog)
        {
            _changes.Add(hasNew ? new Change<T>(ChangeKind.Upsert, @new!) : new Change<T>(ChangeKind.Delete, old!));
            return;
        }

        if (hasOld) _changes.Add(new Change<T>(ChangeKind.Delete, old!));
        if (hasNew) _changes.Add(new Change<T>(ChangeKind.Insert, @new!));
    }

    // Two rows are the same if their bytes are: 1.0m and 1.00m are shown differently, so they differ.
    private bool Same(T left, T right)
    {
        if (_exactlySame is not null) return _exactlySame(left, right);
        _bytes.Clear();
        _rows.Write(_bytes, left);
        var length = _bytes.Length;
        _rows.Write(_bytes, right);
        return _bytes.Slice(0, length).SequenceEqual(_bytes.Slice(length, _bytes.Length - length));
    }

    private byte[] Bytes(T row)
    {
        _bytes.Clear();
        _rows.Write(_bytes, row);
        return _bytes.Written.ToArray();
    }

    private struct NetRow
    {
        public bool HasOld, HasNew;
        public T? Old, New;
        public int Count;
    }

    private readonly record struct Identity(TKey Key, byte[]? Bytes);

    private sealed class IdentityComparer : IEqualityComparer<Identity>
    {
        public bool Equals(Identity x, Identity y) => x.Bytes is null ? EqualityComparer<TKey>.Default.Equals(x.Key, y.Key) : x.Bytes.AsSpan().SequenceEqual(y.Bytes);

        public int GetHashCode(Identity identity)
        {
            if (identity.Bytes is null) return SeededEquality<TKey>.Instance.GetHashCode(identity.Key);
            var hash = default(HashCode);
            hash.AddBytes(identity.Bytes);
            return hash.ToHashCode();
        }
    }
}
