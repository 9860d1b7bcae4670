#:project ../../StreamLinq.Providers/StreamLinq.Providers.csproj
#:package Microsoft.Extensions.Hosting
// A query under a host: it starts and stops with the application, logs where the application logs, and is restarted when it fails.
//
//     dotnet run docs/samples/hosted.cs              until Ctrl+C
//     dotnet run docs/samples/hosted.cs -- --seconds 5
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StreamLinq;

TimeSpan? limit = args switch
{
    [] => null,
    ["--seconds", var text] when int.TryParse(text, out var seconds) && seconds > 0 => TimeSpan.FromSeconds(seconds),
    _ => TimeSpan.Zero,
};
if (limit == TimeSpan.Zero)
{
    Console.Error.WriteLine("dotnet run docs/samples/hosted.cs -- [--seconds N]");
    return 2;
}

var builder = Host.CreateApplicationBuilder();
builder.Services
    .AddStreamLinq()
    .AddQuery("visits", _ => Visits.PerPage().WriteTo(StreamSink.Console(), OutputMode.Complete), hosted =>
    {
        hosted.Query = new StreamingQueryOptions { Trigger = Trigger.ProcessingTime(TimeSpan.FromSeconds(1)) };
        hosted.OnFailure = QueryFailurePolicy.Restart;
    })
    .AddListener<EpochLog>();

using var host = builder.Build();
using var end = new CancellationTokenSource(limit ?? Timeout.InfiniteTimeSpan);
await host.RunAsync(end.Token);
return 0;

/// <summary>The query, apart from where it runs and where it writes, so that a test can run it too.</summary>
static class Visits
{
    // The rate source stands in for the visits of a web site: 200 a second.
    public static IStreamQueryable<PageVisits, OrderedTable> PerPage() =>
        from visit in StreamSource.Rate(rowsPerSecond: 200)
        group visit by Page(visit.Value) into page
        select new PageVisits(page.Key, page.Count()) into row
        orderby row.Visits descending
        select row;

    private static string Page(long visit) => (visit % 10) switch
    {
        < 5 => "/",
        < 8 => "/news",
        _ => "/about",
    };
}

record PageVisits(string Page, long Visits);

/// <summary>Listeners come from the container, and may ask for what it has.</summary>
sealed class EpochLog(ILogger<EpochLog> logger) : IStreamingQueryListener
{
    public void OnProgress(StreamingQuery query, StreamingQueryProgress progress) =>
        logger.LogInformation("{Query}: epoch {Epoch} took {Rows} rows in {Duration}", query.Name, progress.Epoch, progress.InputRows, progress.Duration);
}
