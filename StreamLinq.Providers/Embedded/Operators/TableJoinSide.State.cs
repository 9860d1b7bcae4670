// The rows of one side of a join of tables as the checkpoint has them: an entry per row, written when the epoch has changed how often it is there. Partners are counted again at a start.
using System.Runtime.CompilerServices;

namespace StreamLinq.Embedded;

internal sealed partial class TableJoinSide<TKey, TOwn, TOther, TRow, THash> : IStateTable
{
    private const int RowBytes = 200;

    private readonly Codec<long> _numbers = Codecs.Key<long>();
    private readonly Codec<(TKey Key, long Count, bool CanMatch, TOwn Row)> _values = Codecs.Value<(TKey Key, long Count, bool CanMatch, TOwn Row)>();
    private readonly Codec<TKey> _keys = Codecs.Key<TKey>();
    private readonly Codec<TOwn> _codec = Codecs.Value<TOwn>();
    private readonly ByteWriter _bytes = new();
    private readonly ByteReader _reader = new();
    private readonly Dictionary<byte[], TableJoinRow<TKey, TOwn>> _rows = new(new BytesEquality());
    private readonly List<TableJoinRow<TKey, TOwn>> _touched = [];
    private readonly List<TableJoinRow<TKey, TOwn>> _restored = [];
    private long _next;
    private long _keptBytes;

    public string Name { get; }

    public string Schema => $"{_numbers.Schema} -> {_values.Schema}";

    public long Rows => _rows.Count + _restored.Count;

    /// <summary>Rows that the epoch has put in or changed, and that stay.</summary>
    public long Updated => _touched.Count - Removed;

    /// <summary>Rows that go with this epoch.</summary>
    public long Removed => _touched.LongCount(r => r.Count == 0);

    public long MemoryBytes => (_rows.Count * (RowBytes + (2L * Unsafe.SizeOf<TOwn>()))) + (2 * _keptBytes);

    // Rows are the same if their bytes are; one that can match nothing has nothing to do with one that can.
    private ReadOnlySpan<byte> BytesOf(TKey key, TOwn row, bool canMatch)
    {
        _bytes.Clear();
        if (canMatch) _keys.Write(_bytes, key);
        _codec.Write(_bytes, row);
        _bytes.WriteByte(canMatch ? (byte)1 : (byte)0);
        return _bytes.Written;
    }

    private TableJoinRow<TKey, TOwn>? Find(ref JoinInput<TKey, TOwn> input) =>
        _rows.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(BytesOf(input.Key, input.Row, input.CanMatch), out var row) ? row : null;

    private TableJoinRow<TKey, TOwn> Add(ref JoinInput<TKey, TOwn> input)
    {
        var row = new TableJoinRow<TKey, TOwn>(_next++, input.Key, input.Row, input.CanMatch);
        Add(row);
        return row;
    }

    private void Add(TableJoinRow<TKey, TOwn> row)
    {
        var bytes = BytesOf(row.Key, row.Row, row.CanMatch).ToArray();
        _rows[bytes] = row;
        _keptBytes += bytes.Length;
        Link(row);
    }

    private void Remove(TableJoinRow<TKey, TOwn> row)
    {
        var bytes = BytesOf(row.Key, row.Row, row.CanMatch);
        _keptBytes -= bytes.Length;
        _rows.GetAlternateLookup<ReadOnlySpan<byte>>().Remove(bytes);
        Unlink(row);
    }

    private void Touch(TableJoinRow<TKey, TOwn> row)
    {
        if (row.IsTouched) return;
        row.IsTouched = true;
        _touched.Add(row);
    }

    public void Restore(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        var (of, count, canMatch, row) = _values.Decode(_reader, value);
        _restored.Add(new TableJoinRow<TKey, TOwn>(_numbers.Decode(_reader, key), of, row, canMatch) { Count = count, Before = count });
    }

    /// <summary>Puts what came from the checkpoint in order.</summary>
    public void Place()
    {
        _restored.Sort(static (a, b) => a.Number.CompareTo(b.Number));
        foreach (var row in _restored) Add(row);
        if (_restored.Count > 0) _next = _restored[^1].Number + 1;
        _restored.Clear();
    }

    /// <summary>Counts the partners of all rows; both sides are in order.</summary>
    public void CountPartners()
    {
        foreach (var row in _rows.Values)
        {
            row.Partners = 0;
            if (!row.CanMatch) continue;
            for (var other = OtherSide!.FirstOf(row.Key); other is not null; other = other.Next)
                if (!_pairs.HasCondition || _pairs.Match(ref row.Row, ref other.Row, JoinPairs<TOwn, TOther>.Told)) row.Partners += other.Count;
        }
    }

    public void WriteChanges(StateDelta delta, int table)
    {
        foreach (var row in _touched)
        {
            if (row.Count == row.Before) continue;
            if (row.Count == 0) delta.Remove(table, _numbers, row.Number);
            else delta.Put(table, _numbers, row.Number, _values, (row.Key, row.Count, row.CanMatch, row.Row));
        }
    }

    public void EndEpoch()
    {
        foreach (var row in _touched)
        {
            row.IsTouched = false;
            row.Before = row.Count;
        }

        _touched.Clear();
    }
}
