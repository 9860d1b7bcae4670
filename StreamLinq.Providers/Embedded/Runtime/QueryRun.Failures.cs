// Where a failure is told with its place: what source, sink or state it was in, and in which epoch of which query.
using System.Globalization;

namespace StreamLinq.Embedded;

internal sealed partial class QueryRun
{
    private string Here => At(_pending?.Epoch ?? NextEpoch);

    private string At(long epoch) => string.Create(CultureInfo.InvariantCulture, $"query '{Name}', epoch {epoch}");

    private async ValueTask<TResult> InSource<TResult>(ISourceInput source, Func<ValueTask<TResult>> work)
    {
        try
        {
            return await work().ConfigureAwait(false);
        }
        catch (Exception error) when (error is not StreamingQueryException and not OperationCanceledException)
        {
            throw QueryFailure.Of(error, Here) ?? QueryFailure.InSource(error, Here, source);
        }
    }

    private TResult InTime<TResult>(Func<TResult> work)
    {
        try
        {
            return work();
        }
        catch (StreamLinqException error) when (error is not StreamingQueryException)
        {
            throw QueryFailure.InTime(error, Here);
        }
    }

    private void InStages(Action work)
    {
        try
        {
            work();
        }
        catch (Exception error) when (error is RowFailureException or AggregateFailureException or ProcessorFailureException)
        {
            throw QueryFailure.Of(error, Here)!;
        }
    }

    private async ValueTask InSinks(Func<IQueryOutput, ValueTask> work, long epoch)
    {
        foreach (var output in _graph.Outputs) await InSink(output, work, epoch).ConfigureAwait(false);
    }

    private async ValueTask InSink(IQueryOutput output, Func<IQueryOutput, ValueTask> work, long epoch)
    {
        try
        {
            await work(output).ConfigureAwait(false);
        }
        catch (Exception error) when (error is not StreamingQueryException)
        {
            throw QueryFailure.Of(error, At(epoch)) ?? QueryFailure.InSink(error, At(epoch), output);
        }
    }

    private async ValueTask InState(Func<ValueTask> work, long epoch)
    {
        try
        {
            await work().ConfigureAwait(false);
        }
        catch (Exception error) when (error is not StreamingQueryException)
        {
            throw QueryFailure.InState(error, At(epoch), _options.CheckpointLocation);
        }
    }
}
