// Lookup.Refreshed: all rows are loaded at the start, and again by the first rows that come when it is time. An epoch sees one load. A later load that fails changes nothing: the rows of the last one stay, and it is tried again when it is time again.
namespace StreamLinq.Embedded;

internal sealed class LoadedRows<TKey, V>(string origin, Func<CancellationToken, ValueTask<IReadOnlyCollection<V>>> load, Func<V, TKey> keyOf, TimeSpan every, TimeProvider clock) : ICalls<TKey, V[]>
{
    private static readonly V[] Nothing = [];

    private Dictionary<ValueTuple<TKey>, V[]> _rows = [];
    private long _loadedAt;
    private long _epochAt;
    private Exception? _trouble;

    public int Concurrency => 1;

    public int Attempts => 1;

    public long Kept => _rows.Values.Sum(rows => (long)rows.Length);

    public Exception? TakeTrouble() => Interlocked.Exchange(ref _trouble, null);

    public async ValueTask OpenAsync(CancellationToken cancellationToken)
    {
        try
        {
            await LoadAsync(clock.GetUtcNow().UtcTicks, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            throw new StreamLinqException("SLQ1023", $"{origin} could not load its rows, or the key of one of them: {failure.Message} They are loaded when the query starts: make sure that they are there by then and have keys.", failure);
        }
    }

    public void BeginEpoch(long now) => _epochAt = now;

    public async ValueTask<IReadOnlyList<int>?> AnswerAsync(TKey[] arguments, int count, Answer<V[]>[] answers, bool goesOn, CancellationToken stop)
    {
        if (_epochAt - _loadedAt >= every.Ticks) await ReloadAsync(stop).ConfigureAwait(false);
        for (var i = 0; i < count; i++) answers[i] = new(arguments[i] is { } key && _rows.TryGetValue(new(key), out var rows) ? rows : Nothing, null);
        return null;
    }

    private async ValueTask ReloadAsync(CancellationToken stop)
    {
        try
        {
            await LoadAsync(_epochAt, stop).ConfigureAwait(false);
        }
        catch (Exception failure) when (!stop.IsCancellationRequested)
        {
            _loadedAt = _epochAt;
            _trouble = failure;
        }
    }

    private async ValueTask LoadAsync(long at, CancellationToken cancellationToken)
    {
        var rows = await load(cancellationToken).ConfigureAwait(false) ?? throw new InvalidOperationException("it returned null.");
        _rows = rows.Select(row => (Key: keyOf(row), Row: row)).Where(r => r.Key is not null).GroupBy(r => new ValueTuple<TKey>(r.Key), r => r.Row).ToDictionary(g => g.Key, g => g.ToArray());
        _loadedAt = at;
    }
}
