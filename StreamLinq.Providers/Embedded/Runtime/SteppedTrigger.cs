// The trigger of the test harness: an epoch runs when the test asks for one, and the test waits for it.
using System.Threading.Channels;

namespace StreamLinq.Embedded;

internal sealed record SteppedTrigger : Trigger
{
    private readonly Channel<Step> _steps = Channel.CreateUnbounded<Step>();

    /// <summary>Runs one epoch if there is something to run, and says whether it did.</summary>
    internal Task<bool> StepAsync() => Ask(query => query.StepAsync(everything: true));

    /// <summary>Does something between two epochs.</summary>
    internal async Task<T> Ask<T>(Func<EmbeddedQuery, Task<T>> what)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var step = new Step(
            async query => done.TrySetResult(await what(query).ConfigureAwait(false)),
            error => done.TrySetException(error));
        if (!_steps.Writer.TryWrite(step)) throw new InvalidOperationException("The query has ended.");
        return await done.Task.ConfigureAwait(false);
    }

    internal async Task ServeAsync(EmbeddedQuery query, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var step in _steps.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                try
                {
                    await step.Run(query).ConfigureAwait(false);
                }
                catch (Exception error)
                {
                    step.Fail(error);
                    throw;
                }
            }
        }
        finally
        {
            _steps.Writer.TryComplete();
            while (_steps.Reader.TryRead(out var left)) left.Fail(new InvalidOperationException("The query has ended."));
        }
    }

    private sealed record Step(Func<EmbeddedQuery, Task> Run, Action<Exception> Fail);
}
