// Calls code of the user's: each call with a limit of time and again as often as it may fail, and many of them with a limit of how many run at once. They begin in the order in which they stand, so that where one fails all before it have
// been answered, and the failure that is told is always that of the first row.
namespace StreamLinq.Embedded;

internal sealed class Caller<TArgument, TAnswer>(Func<TArgument, CancellationToken, ValueTask<TAnswer>> function, int concurrency, TimeSpan timeout, int retries, TimeProvider clock)
{
    // What timers can count; nobody waits for longer.
    private static readonly TimeSpan LongestTimeout = TimeSpan.FromDays(49);

    private readonly TimeSpan _timeout = timeout > LongestTimeout ? Timeout.InfiniteTimeSpan : timeout;

    internal int Concurrency => concurrency;

    internal int Attempts => retries + 1;

    /// <summary>Asks for the first so many; <paramref name="answered"/> is told of each as it is answered, by any thread.</summary>
    internal Task CallAllAsync(TArgument[] arguments, int count, Answer<TAnswer>[] answers, bool goesOn, Action<int>? answered, CancellationToken stop)
    {
        var next = -1;
        var hasFailed = false;
        return Task.WhenAll(Enumerable.Range(0, Math.Min(concurrency, count)).Select(_ => OneAfterTheOtherAsync()));

        async Task OneAfterTheOtherAsync()
        {
            int at;
            while (!Volatile.Read(ref hasFailed) && (at = Interlocked.Increment(ref next)) < count)
            {
                answers[at] = await CallAsync(arguments[at], stop).ConfigureAwait(false);
                if (answers[at].Failure is not null && !goesOn) Volatile.Write(ref hasFailed, true);
                answered?.Invoke(at);
            }
        }
    }

    private async ValueTask<Answer<TAnswer>> CallAsync(TArgument argument, CancellationToken stop)
    {
        for (var attempt = 0; ; attempt++)
        {
            stop.ThrowIfCancellationRequested();
            using var cancel = CancellationTokenSource.CreateLinkedTokenSource(stop);
            Task<TAnswer>? pending = null;
            try
            {
                var call = function(argument, cancel.Token);
                if (call.IsCompletedSuccessfully) return new(await call.ConfigureAwait(false), null);
                pending = call.AsTask();
                return new(await pending.WaitAsync(_timeout, clock, stop).ConfigureAwait(false), null);
            }
            catch (Exception error)
            {
                var failure = error;
                if (pending is { IsCompleted: false })
                {
                    // It is left to itself, and has been told to end.
                    Observe(pending);
                    await cancel.CancelAsync().ConfigureAwait(false);
                    failure = new TimeoutException($"no answer within {Durations.Text(_timeout)}");
                }

                stop.ThrowIfCancellationRequested();
                if (attempt == retries) return new(default!, failure);
            }
        }
    }

    private static void Observe(Task<TAnswer> abandoned) =>
        _ = abandoned.ContinueWith(static task => _ = task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
}
