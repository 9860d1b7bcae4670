// Rows in order, for any number of groups, where rows can be taken back: what the ranks of a group over a table, its first and last row and its least and greatest value are read from. A change costs a search in
// the rows of its group, and an epoch writes the rows it has changed and no others.
namespace StreamLinq.Embedded;

/// <summary>A row of a set and how often it is in it.</summary>
internal sealed class RankedRow<TOrder, TRow>(long set, TOrder order, TRow row, long number, long count)
{
    public long Set { get; } = set;

    public TOrder Order { get; } = order;

    public TRow Row { get; } = row;

    /// <summary>The number it is stored under.</summary>
    public long Number { get; set; } = number;

    public long Count { get; set; } = count;

    /// <summary>How often it was there before the epoch.</summary>
    public long Before { get; set; } = count;

    public bool IsTouched { get; set; }
}

/// <summary>
/// Sets of rows, each known by a number that the group keeps; 0 is the set without rows. Equal rows stand in the order of their bytes: in which order they came says how epochs were cut. Single writer.
/// </summary>
/// <param name="compare">The stated order.</param>
/// <param name="limit">How many rows count; null: all.</param>
/// <param name="withTies">Whether those equal to the last of them count too.</param>
internal sealed class RankedSets<TOrder, TRow>(Comparison<TOrder> compare, int? limit, bool withTies) : IComparer<RankedRow<TOrder, TRow>>
{
    private readonly Dictionary<long, SortedSet<RankedRow<TOrder, TRow>>> _sets = [];
    private readonly List<RankedRow<TOrder, TRow>> _touched = [];
    private readonly Codec<TRow> _rows = Codecs.Value<TRow>();
    private readonly ByteWriter _left = new();
    private readonly ByteWriter _right = new();
    private long _nextSet = 1;
    private long _nextNumber = 1;

    /// <summary>What the epoch has changed; some of it may be as it was.</summary>
    public IReadOnlyList<RankedRow<TOrder, TRow>> Touched => _touched;

    /// <summary>How many different rows there are.</summary>
    public long Count { get; private set; }

    /// <summary>Adds a row to a set, or takes one back (weight -1). Gives the set's number from now on.</summary>
    public long Change(long set, (TOrder Order, TRow Row) entry, long weight)
    {
        if (set == 0) _sets[set = _nextSet++] = new SortedSet<RankedRow<TOrder, TRow>>(this);
        var rows = _sets[set];
        var row = new RankedRow<TOrder, TRow>(set, entry.Order, entry.Row, 0, 0);
        if (rows.TryGetValue(row, out var known)) row = known;
        if (row.Count + weight < 0) throw new InvalidOperationException("A row is taken back that was not in its group: a lambda of the query gives different results for the same row.");
        if (known is null)
        {
            row.Number = _nextNumber++;
            rows.Add(row);
            Count++;
        }

        if (!row.IsTouched)
        {
            row.IsTouched = true;
            _touched.Add(row);
        }

        row.Count += weight;
        if (row.Count > 0) return set;
        rows.Remove(row);
        Count--;
        if (rows.Count > 0) return set;
        _sets.Remove(set);
        return 0;
    }

    /// <summary>Puts a row back as it was stored.</summary>
    public void Restore(long set, TOrder order, TRow row, long number, long count)
    {
        if (!_sets.TryGetValue(set, out var rows)) _sets[set] = rows = new SortedSet<RankedRow<TOrder, TRow>>(this);
        if (rows.Add(new RankedRow<TOrder, TRow>(set, order, row, number, count))) Count++;
        _nextSet = Math.Max(_nextSet, set + 1);
        _nextNumber = Math.Max(_nextNumber, number + 1);
    }

    /// <summary>Forgets what the epoch has changed.</summary>
    public void EndEpoch()
    {
        foreach (var row in _touched)
        {
            row.IsTouched = false;
            row.Before = row.Count;
        }

        _touched.Clear();
    }

    /// <summary>The rows of a set that count, in order.</summary>
    public TRow[] Taken(long set)
    {
        if (set == 0) return [];
        var taken = new List<TRow>(limit ?? _sets[set].Count);
        RankedRow<TOrder, TRow>? last = null;
        foreach (var row in _sets[set])
        {
            if (limit is { } most && taken.Count >= most && !(withTies && compare(last!.Order, row.Order) == 0)) break;
            last = row;
            var count = limit is null || withTies ? row.Count : Math.Min(row.Count, limit.Value - taken.Count);
            for (var i = 0; i < count; i++) taken.Add(row.Row);
        }

        return [.. taken];
    }

    public TRow? First(long set) => set == 0 ? default : _sets[set].Min!.Row;

    public TRow? Last(long set) => set == 0 ? default : _sets[set].Max!.Row;

    /// <summary>What the first row is ordered by.</summary>
    public TOrder Least(long set) => _sets[set].Min!.Order;

    /// <summary>What the last row is ordered by.</summary>
    public TOrder Greatest(long set) => _sets[set].Max!.Order;

    int IComparer<RankedRow<TOrder, TRow>>.Compare(RankedRow<TOrder, TRow>? x, RankedRow<TOrder, TRow>? y)
    {
        var compared = compare(x!.Order, y!.Order);
        if (compared != 0 || typeof(TRow) == typeof(byte)) return compared;
        _left.Clear();
        _rows.Write(_left, x.Row);
        _right.Clear();
        _rows.Write(_right, y.Row);
        return _left.Written.SequenceCompareTo(_right.Written);
    }
}
