// A stream written out as the table of all its rows: they go on as they come, and are kept, because the whole table may be asked for.
using System.Runtime.CompilerServices;

namespace StreamLinq.Embedded;

internal sealed class UnboundedOperator<TRow>(string name) : ITableOperator<TRow>, IRowTarget<TRow>, IStateTable
{
    private const int SendEvery = 4096;

    private readonly Codec<long> _keys = Codecs.Key<long>();
    private readonly Codec<TRow> _values = Codecs.Value<TRow>();
    private readonly ByteReader _reader = new();
    private readonly RowBuffer<TRow> _new = new();
    private readonly List<TRow> _rows = [];
    private readonly SortedDictionary<long, TRow> _restored = [];
    private int _saved;
    private long _bytesPerRow;

    public string Name => name;

    public bool SendsOnlyChanged => false;

    public string Schema => $"{_keys.Schema} -> {_values.Schema}";

    public IReadOnlyList<IStateTable> Tables => [this];

    public List<IRowTarget<TRow>> Targets { get; } = [];

    public long Rows => _rows.Count + _restored.Count;

    public long RowsUpdated => _rows.Count - _saved;

    public long RowsRemoved => 0;

    public long MemoryBytes => Rows * (Unsafe.SizeOf<TRow>() + _bytesPerRow);

    public void BeginEpoch(EpochTime time) => Place();

    public void Push(TRow[] rows, int from, int to, sbyte[]? weights)
    {
        for (var i = from; i < to; i++)
        {
            _rows.Add(rows[i]);
            _new.Add(rows[i], 1);
        }

        _new.Flush(Targets);
    }

    public void Flush()
    {
    }

    public void SendAll(IRowTarget<TRow> target)
    {
        var all = new RowBuffer<TRow>();
        IRowTarget<TRow>[] targets = [target];
        foreach (var row in _rows)
        {
            all.Add(row, 1);
            if (all.Count >= SendEvery) all.Flush(targets);
        }

        all.Flush(targets);
    }

    public void Restore(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) => _restored[_keys.Decode(_reader, key)] = _values.Decode(_reader, value);

    // Rows come from the checkpoint in any order; their numbers are their places.
    private void Place()
    {
        if (_restored.Count == 0) return;
        _rows.AddRange(_restored.Values);
        _saved = _rows.Count;
        _restored.Clear();
    }

    public void WriteChanges(StateDelta delta, int table)
    {
        for (var i = _saved; i < _rows.Count; i++)
        {
            var bytes = delta.Put(table, _keys, i, _values, _rows[i]);
            if (RuntimeHelpers.IsReferenceOrContainsReferences<TRow>()) _bytesPerRow = bytes;
        }
    }

    public void EndEpoch() => _saved = _rows.Count;
}
