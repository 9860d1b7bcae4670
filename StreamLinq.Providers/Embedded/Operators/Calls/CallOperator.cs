// Rows wait here for what is asked elsewhere, and go on with it within their epoch: nothing is kept from one epoch to the next but answers, and an epoch that runs again asks again. A row whose call has failed is an error of that row, like one
// whose lambda throws.
namespace StreamLinq.Embedded;

/// <typeparam name="TArgument">What is asked with.</typeparam>
/// <typeparam name="TKept">What goes on of the row.</typeparam>
/// <typeparam name="TAnswer">The answer.</typeparam>
/// <typeparam name="TRow">What goes on: what is kept and the answer.</typeparam>
internal sealed class CallOperator<TArgument, TKept, TAnswer, TRow> : IStreamOperator<TRow>, ICallingOperator, IRowTarget<(TArgument Argument, TKept Kept, int Place)>
{
    // So many answers are held at a time; with more calls at once, enough for none of them to rest.
    private const int MostAtOnce = 4096;

    private readonly string _origin;
    private readonly ICalls<TArgument, TAnswer> _calls;
    private readonly Func<TKept, TAnswer, TRow> _rowOf;
    private readonly StageContext _context;
    private readonly List<(TKept Kept, string Place, long Row)> _waiting = [];
    private readonly RowBuffer<TRow> _rows = new();
    private TArgument[] _arguments = [];
    private Answer<TAnswer>[] _answers = [];
    private readonly List<TArgument> _asking = [];
    private int _done;

    /// <param name="name">The name it is told under.</param>
    /// <param name="origin">The operator of the query, for errors.</param>
    /// <param name="calls">How answers are got.</param>
    /// <param name="rowOf">Makes what goes on.</param>
    /// <param name="context">Says where rows come from.</param>
    public CallOperator(string name, string origin, ICalls<TArgument, TAnswer> calls, Func<TKept, TAnswer, TRow> rowOf, StageContext context)
    {
        Name = name;
        _origin = origin;
        _calls = calls;
        _rowOf = rowOf;
        _context = context;
    }

    public string Name { get; }

    public IReadOnlyList<IStateTable> Tables => [];

    public List<IRowTarget<TRow>> Targets { get; } = [];

    public long Rows => _calls.Kept;

    public long RowsUpdated => 0;

    public long RowsRemoved => 0;

    public long MemoryBytes => 0;

    public bool HasWaiting => _done < _waiting.Count;

    public Exception? TakeTrouble() => _calls.TakeTrouble();

    public ValueTask OpenAsync(CancellationToken cancellationToken) => _calls.OpenAsync(cancellationToken);

    public void BeginEpoch(EpochTime time) => _calls.BeginEpoch(time.Clock);

    public void Push((TArgument Argument, TKept Kept, int Place)[] rows, int from, int to, sbyte[]? weights)
    {
        for (var i = from; i < to; i++)
        {
            _asking.Add(rows[i].Argument);
            _waiting.Add((rows[i].Kept, _context.Place, _context.RowBase + rows[i].Place + 1));
        }
    }

    public async ValueTask CallAsync(CancellationToken stop)
    {
        var count = (int)Math.Min(_waiting.Count - _done, Math.Max(MostAtOnce, 2L * _calls.Concurrency));
        if (_arguments.Length < count) (_arguments, _answers) = (new TArgument[count], new Answer<TAnswer>[count]);
        _asking.CopyTo(_done, _arguments, 0, count);
        var order = await _calls.AnswerAsync(_arguments, count, _answers, _context.OnRowError != RowErrorPolicy.Fail, stop).ConfigureAwait(false);
        for (var i = 0; i < count; i++)
            if (_answers[i].Failure is { } failure) Fail(_waiting[_done + i], failure);
        for (var i = 0; i < count; i++)
        {
            var at = order is null ? i : order[i];
            if (_answers[at].Failure is null) _rows.Add(_rowOf(_waiting[_done + at].Kept, _answers[at].Value));
        }

        Array.Clear(_arguments, 0, count);
        Array.Clear(_answers, 0, count);
        _done += count;
        if (!HasWaiting)
        {
            _done = 0;
            _waiting.Clear();
            _asking.Clear();
        }

        Send();
    }

    private void Fail((TKept Kept, string Place, long Row) row, Exception failure)
    {
        var error = new CallFailureException(_origin, _calls.Attempts, row.Place, row.Row, failure);
        if (_context.OnRowError == RowErrorPolicy.Fail) throw error;
        _context.RowErrors++;
        _context.FirstRowError ??= error;
    }

    private void Send()
    {
        var (place, rowBase) = (_context.Place, _context.RowBase);
        (_context.Place, _context.RowBase) = ($"the results of {Name}", 0);
        _rows.Flush(Targets);
        (_context.Place, _context.RowBase) = (place, rowBase);
    }

    // All rows have been asked for by then: the loop lets it ask after whatever may have brought some.
    public void Flush()
    {
    }

    public void EndEpoch()
    {
    }
}

/// <summary>A call elsewhere has failed for a row as often as it may. The runtime adds query and epoch.</summary>
internal sealed class CallFailureException(string origin, int attempts, string place, long row, Exception inner)
    : Exception($"{origin} failed {(attempts == 1 ? "" : $"{attempts} times ")}for row {row} of {place}: {inner.GetType().Name} ('{inner.Message}')", inner);
