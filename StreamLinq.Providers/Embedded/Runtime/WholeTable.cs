// The rows of a whole table, put in order: by what the table is ordered by, then by the bytes of its key, so that the same table is always written alike. Nearly always the first eight bytes of a key tell,
// and these are sorted byte by byte (radix), which takes a small part of what comparing takes. All room is kept for the next epoch.
using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace StreamLinq.Embedded;

/// <summary>Gathers a table's rows and sorts them. Single user.</summary>
/// <param name="order">What the table is ordered by; null: nothing.</param>
/// <param name="tie">Writes what tells rows apart.</param>
internal sealed class WholeTable<TKey, TOrder, T>(Comparison<TOrder>? order, Action<ByteWriter, TableRow<TKey, TOrder, T>> tie) : IRowTarget<TableRow<TKey, TOrder, T>>
{
    private const int PrefixBytes = sizeof(ulong);
    private const int Digits = 256;

    private readonly ByteWriter _bytes = new();
    private TableRow<TKey, TOrder, T>[] _rows = [];
    private Place[] _places = [];
    private Place[] _other = [];
    private Change<T>[] _changes = [];
    private int _count;

    // A row, and the first bytes of its key.
    private readonly record struct Place(ulong Prefix, int Row);

    public void Push(TableRow<TKey, TOrder, T>[] rows, int from, int to, sbyte[]? weights)
    {
        if (_count + to - from > _rows.Length) Array.Resize(ref _rows, Math.Max(_count + to - from, _rows.Length * 2));
        rows.AsSpan(from, to - from).CopyTo(_rows.AsSpan(_count));
        _count += to - from;
    }

    /// <summary>The rows in order; they stay until <see cref="Clear"/>.</summary>
    internal ReadOnlyMemory<Change<T>> Sorted()
    {
        if (_places.Length < _count) (_places, _other, _changes) = (new Place[_rows.Length], new Place[_rows.Length], new Change<T>[_rows.Length]);
        for (var i = 0; i < _count; i++) _places[i] = new Place(PrefixOf(_rows[i]), i);
        SortByPrefix();
        SortEqualPrefixes();
        if (order is not null) SortByOrder(order);
        for (var i = 0; i < _count; i++) _changes[i] = new Change<T>(ChangeKind.Insert, _rows[_places[i].Row].Row);
        return _changes.AsMemory(0, _count);
    }

    internal void Clear()
    {
        if (RuntimeHelpers.IsReferenceOrContainsReferences<TableRow<TKey, TOrder, T>>()) Array.Clear(_rows, 0, _count);
        if (RuntimeHelpers.IsReferenceOrContainsReferences<T>()) Array.Clear(_changes, 0, Math.Min(_count, _changes.Length));
        _count = 0;
    }

    private ulong PrefixOf(in TableRow<TKey, TOrder, T> row)
    {
        _bytes.Clear();
        tie(_bytes, row);
        if (_bytes.Length >= PrefixBytes) return BinaryPrimitives.ReadUInt64BigEndian(_bytes.Written);
        var prefix = 0UL;
        for (var i = 0; i < PrefixBytes; i++) prefix = (prefix << 8) | (i < _bytes.Length ? _bytes.Written[i] : (byte)0);
        return prefix;
    }

    // From the last byte to the first; a byte that all prefixes share takes no pass.
    private void SortByPrefix()
    {
        Span<int> counts = stackalloc int[Digits];
        for (var shift = 0; shift < 64; shift += 8)
        {
            counts.Clear();
            foreach (ref readonly var place in _places.AsSpan(0, _count)) counts[(int)(place.Prefix >> shift) & (Digits - 1)]++;
            if (counts.Contains(_count)) continue;
            for (int digit = 0, before = 0; digit < Digits; digit++) (counts[digit], before) = (before, before + counts[digit]);
            foreach (ref readonly var place in _places.AsSpan(0, _count)) _other[counts[(int)(place.Prefix >> shift) & (Digits - 1)]++] = place;
            (_places, _other) = (_other, _places);
        }
    }

    private void SortEqualPrefixes()
    {
        for (var from = 0; from < _count;)
        {
            var to = from + 1;
            while (to < _count && _places[to].Prefix == _places[from].Prefix) to++;
            if (to > from + 1)
            {
                var ties = _places.AsSpan(from, to - from).ToArray().Select(p => (Tie: Tie(_rows[p.Row]), Place: p)).ToArray();
                Array.Sort(ties, static (a, b) => a.Tie.AsSpan().SequenceCompareTo(b.Tie));
                for (var i = from; i < to; i++) _places[i] = ties[i - from].Place;
            }

            from = to;
        }
    }

    private byte[] Tie(in TableRow<TKey, TOrder, T> row)
    {
        _bytes.Clear();
        tie(_bytes, row);
        return _bytes.Written.ToArray();
    }

    // Rows that are equal in the order stay in that of their keys.
    private void SortByOrder(Comparison<TOrder> compare)
    {
        for (var i = 0; i < _count; i++) _places[i] = _places[i] with { Prefix = (ulong)i };
        _places.AsSpan(0, _count).Sort((a, b) => compare(_rows[a.Row].Order, _rows[b.Row].Order) is var c && c != 0 ? c : a.Prefix.CompareTo(b.Prefix));
    }
}
