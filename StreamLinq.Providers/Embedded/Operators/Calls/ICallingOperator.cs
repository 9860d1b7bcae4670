// An operator that asks elsewhere, as the epoch loop sees it: rows wait in it until the loop lets it ask, which is after each batch of a source and after each operator's results, so that never more than these wait.
namespace StreamLinq.Embedded;

internal interface ICallingOperator : IStateful
{
    /// <summary>Whether rows wait for an answer.</summary>
    bool HasWaiting { get; }

    /// <summary>What went wrong without being an error of a row since it was last asked; null: nothing.</summary>
    Exception? TakeTrouble();

    /// <summary>Before the first epoch.</summary>
    ValueTask OpenAsync(CancellationToken cancellationToken);

    /// <summary>Asks for the rows that came first, a number of them, and sends them on.</summary>
    /// <param name="stop">Cancelled when the query is to stop: then the epoch is not finished, and runs again at the next start.</param>
    ValueTask CallAsync(CancellationToken stop);
}
