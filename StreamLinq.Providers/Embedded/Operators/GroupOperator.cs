// GroupBy without a window: the stage before it updates the table row by row; at the end of the epoch each touched group sends its old row away and its new row on.
// Groups are sent in the order in which the epoch first touched them, which is the order of its rows and no other.
namespace StreamLinq.Embedded;

internal sealed class GroupOperator<TKey, TState, TRow, THash> : ITableOperator<TRow>, IStateTable where THash : struct, IKeyHash<TKey>
{
    private const int SendEvery = 4096;
    private const int Ahead = 8;

    private readonly GroupTable<TKey, TState, TRow, THash> _table;
    private readonly Func<TState, bool>? _isAlive;
    private readonly StageContext _context;
    private readonly Func<TRow, TRow, bool>? _exactlySame = ExactEquality.Of<TRow>();
    private readonly Codec<TKey> _keys = Codecs.Key<TKey>();
    private readonly Codec<TState> _states = Codecs.Value<TState>();
    private readonly ByteWriter _bytes = new();
    private readonly ByteReader _reader = new();
    private readonly RowBuffer<TRow> _changes = new();
    private readonly List<TKey> _gone = [];
    private readonly IReadOnlyList<IStateTable> _tables;
    private readonly IReadOnlyList<IPairCounts> _sides;

    public GroupOperator(string name, GroupTable<TKey, TState, TRow, THash> table, Func<TState, bool>? isAlive, IReadOnlyList<IPairCounts> sides, StageContext context)
    {
        Name = name;
        _table = table;
        _isAlive = isAlive;
        _context = context;
        _sides = sides;
        _tables = [this, .. sides];
    }

    public string Name { get; }

    public bool SendsOnlyChanged => _exactlySame is not null;

    public string Schema => $"{_keys.Schema} -> {_states.Schema}";

    public IReadOnlyList<IStateTable> Tables => _tables;

    public List<IRowTarget<TRow>> Targets { get; } = [];

    public long Rows => _table.Count - _gone.Count;

    public long RowsUpdated { get; private set; }

    public long RowsRemoved { get; private set; }

    public long MemoryBytes => _table.MemoryBytes + _sides.Sum(s => s.MemoryBytes);

    public void Flush()
    {
        _context.Place = $"the changes of {Name}";
        _context.RowBase = 0;
        RowsUpdated = _table.Touched.Length;
        RowsRemoved = 0;
        var all = _table.Touched;
        for (var i = 0; i < all.Length; i++)
        {
            _table.PrefetchTouched(i + Ahead);
            ref readonly var touched = ref all[i];
            var alive = _isAlive is null || _isAlive(_table.Entries[touched.Slot].Accumulator);
            if (alive)
            {
                var now = _table.Result(touched.Slot);
                if (touched.Existed)
                {
                    if (_exactlySame is not null && _exactlySame(touched.Old!, now)) continue;
                    _changes.Add(touched.Old!, -1);
                }

                _changes.Add(now, 1);
            }
            else
            {
                if (touched.Existed) _changes.Add(touched.Old!, -1);
                _gone.Add(_table.Entries[touched.Slot].Key);
                if (touched.Existed) RowsRemoved++;
            }

            if (_changes.Count >= SendEvery) Send();
        }

        Send();
    }

    private void Send()
    {
        var count = _changes.Count;
        _changes.Flush(Targets);
        _context.RowBase += count;
    }

    public void SendAll(IRowTarget<TRow> target)
    {
        var all = new RowBuffer<TRow>();
        IRowTarget<TRow>[] targets = [target];
        foreach (var slot in _table.Slots())
        {
            if (_isAlive is not null && !_isAlive(_table.Entries[slot].Accumulator)) continue;
            all.Add(_table.Result(slot), 1);
            if (all.Count >= SendEvery) all.Flush(targets);
        }

        all.Flush(targets);
    }

    public void Restore(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) => _table.Restore(_keys.Decode(_reader, key), _states.Decode(_reader, value));

    public void WriteChanges(StateDelta delta, int table)
    {
        var all = _table.Touched;
        for (var i = 0; i < all.Length; i++)
        {
            _table.PrefetchTouched(i + Ahead);
            ref readonly var touched = ref all[i];
            ref var entry = ref _table.Entries[touched.Slot];
            _bytes.Clear();
            _keys.Write(_bytes, entry.Key);
            var keyLength = _bytes.Length;
            if (_isAlive is null || _isAlive(entry.Accumulator))
            {
                _states.Write(_bytes, entry.Accumulator);
                delta.Put(table, _bytes.Slice(0, keyLength), _bytes.Slice(keyLength, _bytes.Length - keyLength));
            }
            else if (touched.Existed) delta.Remove(table, _bytes.Slice(0, keyLength));
        }
    }

    public void EndEpoch()
    {
        _table.EndEpoch(_gone);
        _gone.Clear();
        foreach (var side in _sides) side.EndEpoch();
    }
}
