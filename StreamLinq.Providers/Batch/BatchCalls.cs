// Waits for what is asked elsewhere: a batch runs to its end in one call of ToList, so each call is waited for before the next one is made, on a thread of the pool that waits for nothing else. Calls have the time and the tries that the query gives them.
using System.Runtime.ExceptionServices;

namespace StreamLinq.Batch;

internal static class BatchCalls
{
    internal static R Answer<T, R>(Func<T, CancellationToken, ValueTask<R>> call, T argument, AsyncOptions options)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return Answer(cancel => call(argument, cancel), options.Timeout);
            }
            catch (Exception) when (attempt < options.Retries)
            {
                continue;
            }
        }
    }

    internal static R Answer<R>(Func<CancellationToken, ValueTask<R>> call, TimeSpan timeout)
    {
        R answer = default!;
        ExceptionDispatchInfo? failure = null;
        using var cancel = new CancellationTokenSource();
        var done = new ManualResetEventSlim();
        _ = Task.Run(RunAsync, CancellationToken.None);
        done.Wait(CancellationToken.None);
        failure?.Throw();
        return answer;

        async Task RunAsync()
        {
            try
            {
                answer = await call(cancel.Token).AsTask().WaitAsync(timeout, TimeProvider.System, CancellationToken.None).ConfigureAwait(false);
            }
            catch (Exception error)
            {
                failure = ExceptionDispatchInfo.Capture(error);
                await cancel.CancelAsync().ConfigureAwait(false);
            }
            finally
            {
                done.Set();
            }
        }
    }
}
