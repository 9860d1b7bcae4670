// ToChanges: what an epoch has done to a table, told as rows of a stream when the epoch's changes are all there. What came and went is not told. First all that goes, then all that comes: whoever reads the changes
// by another key than the table's never loses a row to a deletion that belongs before it. Nothing is kept from one epoch to the next.
namespace StreamLinq.Embedded;

internal sealed class ChangesOperator<TRow> : IStreamOperator<Change<TRow>>, IRowTarget<TRow>
{
    private const int SendEvery = 4096;

    private readonly StageContext _context;
    private readonly Codec<TRow> _codec = Codecs.Value<TRow>();
    private readonly ByteWriter _bytes = new();
    private readonly Dictionary<byte[], int> _index = new(new BytesEquality());
    private readonly List<(TRow Row, long Count)> _net = [];
    private readonly RowBuffer<Change<TRow>> _changes = new();

    public ChangesOperator(string name, StageContext context)
    {
        Name = name;
        _context = context;
    }

    public string Name { get; }

    public IReadOnlyList<IStateTable> Tables => [];

    public List<IRowTarget<Change<TRow>>> Targets { get; } = [];

    public long Rows => 0;

    public long RowsUpdated => 0;

    public long RowsRemoved => 0;

    public long MemoryBytes => 0;

    public void Push(TRow[] rows, int from, int to, sbyte[]? weights)
    {
        var known = _index.GetAlternateLookup<ReadOnlySpan<byte>>();
        for (var i = from; i < to; i++)
        {
            _bytes.Clear();
            _codec.Write(_bytes, rows[i]);
            if (!known.TryGetValue(_bytes.Written, out var at))
            {
                known[_bytes.Written] = at = _net.Count;
                _net.Add((rows[i], 0));
            }

            _net[at] = (rows[i], _net[at].Count + (weights is null ? 1 : weights[i]));
        }
    }

    public void Flush()
    {
        _context.Place = $"the changes of {Name}";
        _context.RowBase = 0;
        foreach (var (row, count) in _net)
            for (var i = count; i < 0; i++) Add(new Change<TRow>(ChangeKind.Delete, row));
        foreach (var (row, count) in _net)
            for (var i = 0; i < count; i++) Add(new Change<TRow>(ChangeKind.Insert, row));
        Send();
        _net.Clear();
        _index.Clear();
    }

    private void Add(Change<TRow> change)
    {
        _changes.Add(change);
        if (_changes.Count >= SendEvery) Send();
    }

    private void Send()
    {
        var count = _changes.Count;
        _changes.Flush(Targets);
        _context.RowBase += count;
    }

    public void EndEpoch()
    {
    }
}
