// Lookup.From: a call for each key that is not known, however many rows have it. What is null is not asked for.
namespace StreamLinq.Embedded;

internal sealed class KeyCalls<TKey, V>(Func<TKey, CancellationToken, ValueTask<V?>> find, LookupOptions options, int workers, TimeProvider clock) : ICalls<TKey, V[]> where V : class
{
    private static readonly V[] Nothing = [];

    private readonly Caller<TKey, V?> _caller = new(find, (int)Math.Min((long)options.MaxConcurrency * workers, int.MaxValue), Timeout.InfiniteTimeSpan, 0, clock);
    private readonly AnswerCache<TKey, V[]> _cache = new((long)options.CacheSize * workers, options.CacheFor, clock);
    private readonly Dictionary<ValueTuple<TKey>, int> _asked = [];
    private TKey[] _keys = [];
    private Answer<V?>[] _found = [];

    public int Concurrency => _caller.Concurrency;

    public int Attempts => 1;

    public long Kept => _cache.Count;

    public async ValueTask<IReadOnlyList<int>?> AnswerAsync(TKey[] arguments, int count, Answer<V[]>[] answers, bool goesOn, CancellationToken stop)
    {
        if (_keys.Length < count) (_keys, _found) = (new TKey[arguments.Length], new Answer<V?>[arguments.Length]);
        var places = new int[count];
        for (var i = 0; i < count; i++)
        {
            places[i] = -1;
            if (arguments[i] is null) answers[i] = new(Nothing, null);
            else if (_asked.TryGetValue(new(arguments[i]), out var place)) places[i] = place;
            else if (_cache.TryGet(arguments[i], out var known)) answers[i] = new(known, null);
            else
            {
                _asked.Add(new(arguments[i]), places[i] = _asked.Count);
                _keys[places[i]] = arguments[i];
            }
        }

        var asked = _asked.Count;
        _asked.Clear();
        await _caller.CallAllAsync(_keys, asked, _found, goesOn, null, stop).ConfigureAwait(false);
        for (var i = 0; i < count; i++)
            if (places[i] >= 0) answers[i] = Answered(_found[places[i]]);
        for (var place = 0; place < asked; place++)
            if (_found[place] is { Failure: null } found) _cache.Put(_keys[place], Answered(found).Value);
        Array.Clear(_keys, 0, asked);
        Array.Clear(_found, 0, asked);
        return null;
    }

    private static Answer<V[]> Answered(Answer<V?> found) => new(found.Value is { } row ? [row] : Nothing, found.Failure);
}
