// A query that is measured: it is given rows, and tells what it has written.
namespace StreamLinq.Benchmarks;

internal interface IMeasuredQuery : IAsyncDisposable
{
    /// <summary>Rows that the sink has got.</summary>
    long Changes { get; }

    /// <summary>How many epochs have been committed.</summary>
    long Epochs { get; }

    /// <summary>Lets the query have so many rows more and waits until they are committed.</summary>
    Task RunAsync(long rows);
}
