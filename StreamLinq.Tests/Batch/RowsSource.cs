// A source that is only a name: the batch provider never opens one.
namespace StreamLinq.Tests.Batch;

internal sealed class RowsSource<T>(string description = "rows") : IStreamSource<T>
{
    public string Description => description;

    public bool IsReplayable => true;

    public ValueTask<IStreamReader<T>> OpenAsync(SourceContext context, CancellationToken cancellationToken) => throw new NotSupportedException("The batch provider opens no source.");
}

internal static class Rows
{
    internal static IStreamQueryable<T, AppendOnly> Of<T>(string name = "rows") => new RowsSource<T>(name).AsStreamQueryable(name);
}

/// <summary>Rows for most of the tests; property tests make them at random.</summary>
public sealed record Bid(int Auction, int Bidder, int Price, string? Channel);
