// Nexmark queries that die again and again on the way, at random and also between an epoch's output and its commit, leave the same result; out of order as far as the delay allows, and with one worker and several, too.
using System.Text.Json;
using NUnit.Framework;
using StreamLinq.Benchmarks.Nexmark;
using StreamLinq.Tests.Sinks;
using StreamLinq.Tests.Workers;

namespace StreamLinq.Tests.Nexmark;

public sealed class NexmarkCrashTests
{
    private static IEnumerable<object[]> QueriesAndSets => from query in NexmarkQuery.All from set in ExpectedRows.Sets select new object[] { query.Name, set };

    [TestCaseSource(nameof(QueriesAndSets))]
    public async Task A_query_that_dies_on_the_way_answers_the_same(string name, string set)
    {
        var query = NexmarkQuery.All.Single(q => q.Name == name);
        var seed = Environment.TickCount;
        await TestContext.Out.WriteLineAsync($"seed {seed}");
        var random = new Random(seed);
        var events = File.ReadLines(ExpectedRows.Events(set)).Select(line => JsonSerializer.Deserialize<Event>(line, NexmarkJson.CamelCase)!).ToArray();
        if (!query.Clock) events = [.. events.OrderBy(e => e.DateTime.AddMilliseconds(random.Next(4000)))];
        using var folder = new TempFolder();
        await using var harness = new StreamTestHarness(LineClock.Start) { Workers = DrawnWorkers.Of(seed & 3) };
        var source = harness.Source<Event>("events");
        await harness.StartAsync([.. query.Outputs(new Streams(source.Rows) { SideInput = Q13.Read(ExpectedRows.SideInput) }, folder.Path)]);
        for (var at = 0; at < events.Length;)
        {
            var rows = query.RowsPerEpoch ?? random.Next(1, (events.Length / 6) + 2);
            var epoch = events[at..Math.Min(events.Length, at + rows)];
            await source.EpochAsync(epoch);
            at += epoch.Length;
            // The files of q10 get their final names when an epoch is committed, which cannot be taken back.
            var forget = name != "q10" && random.Next(3) == 0;
            if (forget) await harness.ForgetLastCommitAsync();
            if (forget || random.Next(2) == 0) await harness.CrashAndRecoverAsync();
            await harness.RunUntilIdleAsync();
            if (query.Clock) harness.Advance(epoch.Length * LineClock.PerLine);
        }

        await source.CompleteAsync();
        Assert.That(ExpectedRows.InFile(folder[name + ".jsonl"]), Is.EqualTo(ExpectedRows.Of(set, name)));
    }
}
