// Names of queries on one engine: any number may have none, an active one's is its own.
using NUnit.Framework;

namespace StreamLinq.Tests.Conformance;

public sealed class QueryNameCases
{
    [Case("spark/StreamingQuery/names")]
    public async Task Names_of_active_queries(string id)
    {
        var rows = StreamSource.From(new MemorySource<int>());
        await using var engine = new StreamEngine();
        StreamLinqException? failure = null;
        foreach (var step in ConformanceCase.Of(id).Steps)
        {
            Assert.That(failure is null || step.TryGetProperty("expectError", out _), $"{step}: {failure?.Message}");
            if (step.TryGetProperty("start", out var name))
            {
                try
                {
                    await engine.StartAsync(rows.WriteTo(new MemorySink<int>()), new StreamingQueryOptions { Name = name.GetString() });
                }
                catch (StreamLinqException error)
                {
                    failure = error;
                }
            }
            else
            {
                Assert.That(failure?.Code, Is.EqualTo("SLQ1013"), $"{step}");
                Assert.That(engine.ActiveQueries, Has.Count.EqualTo(3));
                failure = null;
            }
        }
    }
}
