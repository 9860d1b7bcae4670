// The rows of a whole table, put in order: by what the table is ordered by, then by the bytes of its key, so that the same table is always written alike. Nearly always the first eight bytes of a key tell,
// and these are sorted byte by byte (radix), which takes a small part of what comparing takes. All room is kept for the next epoch.
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace StreamLinq.Embedded;

/// <summary>Gathers a table's rows and sorts them. Single user.</summary>
/// <param name="order">What the table is ordered by; null: nothing.</param>
/// <param name="tie">Writes what tells rows apart.</param>
internal sealed class WholeTable<TKey, TOrder, T>(Comparison<TOrder>? order, Action<ByteWriter, TableRow<TKey, TOrder, T>> tie) : IRowTarget<TableRow<TKey, TOrder, T>>
{
    private const int PrefixBytes = sizeof(ulong);
    private const int Digits = 256;
    private const int MostPasses = 4;
    private const int Ahead = 16;

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
        for (var i = 0; i < _count; i++)
        {
            if (i + Ahead < _count) Prefetch(_places[i + Ahead].Row);
            _changes[i] = new Change<T>(ChangeKind.Insert, _rows[_places[i].Row].Row);
        }

        return _changes.AsMemory(0, _count);
    }

    internal void Clear()
    {
        if (RuntimeHelpers.IsReferenceOrContainsReferences<TableRow<TKey, TOrder, T>>()) Array.Clear(_rows, 0, _count);
        if (RuntimeHelpers.IsReferenceOrContainsReferences<T>()) Array.Clear(_changes, 0, Math.Min(_count, _changes.Length));
        _count = 0;
    }

    private unsafe void Prefetch(int row)
    {
        // The pointer is not followed: should the array be moved meanwhile, the hint is lost and nothing else.
        if (Sse.IsSupported) Sse.Prefetch0(Unsafe.AsPointer(ref _rows[row]));
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

    // By the first few bytes in which prefixes differ, from the last of them to the first; they tell nearly all rows apart. What they leave together is sorted by comparing.
    private void SortByPrefix()
    {
        var differing = 0UL;
        for (var i = 1; i < _count; i++) differing |= _places[i].Prefix ^ _places[0].Prefix;
        Span<int> shifts = stackalloc int[MostPasses];
        var passes = 0;
        for (var shift = 56; shift >= 0 && passes < MostPasses; shift -= 8)
            if (((differing >> shift) & (Digits - 1)) != 0) shifts[passes++] = shift;
        if (passes == 0) return;
        for (var pass = passes - 1; pass >= 0; pass--) SortByDigit(shifts[pass]);
        var rest = shifts[passes - 1];
        for (int from = 0, to; from < _count; from = to)
        {
            for (to = from + 1; to < _count && (_places[to].Prefix ^ _places[from].Prefix) >> rest == 0; to++) { }
            if (to > from + 1 && rest > 0) _places.AsSpan(from, to - from).Sort(static (a, b) => a.Prefix.CompareTo(b.Prefix));
        }
    }

    private void SortByDigit(int shift)
    {
        Span<int> counts = stackalloc int[Digits];
        counts.Clear();
        foreach (ref readonly var place in _places.AsSpan(0, _count)) counts[(int)(place.Prefix >> shift) & (Digits - 1)]++;
        for (int digit = 0, before = 0; digit < Digits; digit++) (counts[digit], before) = (before, before + counts[digit]);
        foreach (ref readonly var place in _places.AsSpan(0, _count)) _other[counts[(int)(place.Prefix >> shift) & (Digits - 1)]++] = place;
        (_places, _other) = (_other, _places);
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
