// SelectAsync: a call for each row.
namespace StreamLinq.Embedded;

internal sealed class RowCalls<TArgument, TAnswer>(Func<TArgument, CancellationToken, ValueTask<TAnswer>> function, AsyncOptions options, int workers, TimeProvider clock) : ICalls<TArgument, TAnswer>
{
    private readonly Caller<TArgument, TAnswer> _caller = new(function, (int)Math.Min((long)options.MaxConcurrency * workers, int.MaxValue), options.Timeout, options.Retries, clock);

    public int Concurrency => _caller.Concurrency;

    public int Attempts => _caller.Attempts;

    public long Kept => 0;

    public async ValueTask<IReadOnlyList<int>?> AnswerAsync(TArgument[] arguments, int count, Answer<TAnswer>[] answers, bool goesOn, CancellationToken stop)
    {
        if (options.Ordered)
        {
            await _caller.CallAllAsync(arguments, count, answers, goesOn, null, stop).ConfigureAwait(false);
            return null;
        }

        var order = new List<int>(count);
        await _caller.CallAllAsync(arguments, count, answers, goesOn, Answered, stop).ConfigureAwait(false);
        return order;

        void Answered(int at)
        {
            lock (order) order.Add(at);
        }
    }
}
