// Calls elsewhere as part of an epoch: whenever rows may wait for one, they are let ask, upstream first, and what they bring goes on before the next rows are read.
namespace StreamLinq.Embedded;

internal sealed partial class QueryRun
{
    // What ends the calls of an epoch that runs; all else in it is finished, whoever asks the query to stop.
    private CancellationToken _stop;

    internal bool AsksElsewhere => _graph.Calls.Count > 0;

    private async ValueTask OpenCallsAsync(CancellationToken cancellationToken)
    {
        foreach (var calls in _graph.Calls) await calls.OpenAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Lets a number of rows ask that wait for it; false if none do.</summary>
    private async ValueTask<bool> CallAsync()
    {
        foreach (var calls in _graph.Calls)
        {
            if (!calls.HasWaiting) continue;
            try
            {
                await calls.CallAsync(_stop).ConfigureAwait(false);
            }
            catch (Exception error) when (error is RowFailureException or AggregateFailureException or ProcessorFailureException or CallFailureException)
            {
                throw QueryFailure.Of(error, Here)!;
            }

            if (calls.TakeTrouble() is { } trouble) _logger.NotLoadedAgain(trouble, Name, calls.Name);
            return true;
        }

        return false;
    }
}
