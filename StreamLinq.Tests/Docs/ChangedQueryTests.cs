// What docs/state-and-checkpoints.md says a checkpoint survives, tried: a query runs, is changed, and starts on the checkpoint of the one before.
using NUnit.Framework;

namespace StreamLinq.Tests.Docs;

public sealed class ChangedQueryTests
{
    private sealed record Sale(string Shop, string Town, decimal Net, decimal Gross);

    private sealed record Total(string Key, decimal Sum);

    private const string GoesOn = "";

    private static readonly Dictionary<string, (Func<IStreamQueryable<Sale, AppendOnly>, IStreamQueryable<Total, Table>> Query, string Code)> Changes = new()
    {
        ["nothing"] = (Sums, GoesOn),
        ["a condition on the rows"] = (q => Sums(q.Where(s => s.Net > 5)), "SLQ2043"),
        ["a projection to an anonymous type before the group"] = (q => (from s in q.Select(s => new { Where = s.Shop, s.Net }) group s by s.Where into g select new Total(g.Key, g.Sum(s => s.Net))).Named("sums"), GoesOn),
        ["a projection to a type of one's own before the group"] = (q => Sums(q.Select(s => new Sale(s.Shop, "", s.Net, 0))), "SLQ2043"),
        ["a let and another result"] = (q => (from s in q let shop = s.Shop group s by shop into g select new Total(g.Key + "!", g.Sum(s => s.Net))).Named("sums"), GoesOn),
        ["the column that is summed"] = (q => (from s in q group s by s.Shop into g select new Total(g.Key, g.Sum(s => s.Gross))).Named("sums"), "SLQ2043"),
        ["an aggregate more"] = (q => (from s in q group s by s.Shop into g select new Total(g.Key, g.Sum(s => s.Net) + g.Count())).Named("sums"), "SLQ2043"),
        ["another aggregate"] = (q => (from s in q group s by s.Shop into g select new Total(g.Key, g.Count())).Named("sums"), "SLQ2043"),
        ["another key"] = (q => (from s in q group s by s.Net into g select new Total("", g.Sum(s => s.Net))).Named("sums"), "SLQ2043"),
        ["another name"] = (q => Sums(q).Named("totals"), GoesOn),
        ["a distinct more"] = (q => Sums(q.Distinct()), "SLQ2043"),
        ["a source more"] = (q => Sums(q.Merge(StreamSource.From(new MemorySource<Sale>(), "second"))), "SLQ2043"),
        ["another source"] = (_ => Sums(StreamSource.From(new MemorySource<Sale>(), "second")), "SLQ1013"),
    };

    private static IEnumerable<string> Names() => Changes.Keys;

    private static IStreamQueryable<Total, Table> Sums(IStreamQueryable<Sale, AppendOnly> sales) => (from s in sales group s by s.Shop into g select new Total(g.Key, g.Sum(s => s.Net))).Named("sums");

    [TestCaseSource(nameof(Names))]
    public async Task A_change_goes_on_or_is_refused(string name)
    {
        var folder = Directory.CreateTempSubdirectory("streamlinq-docs-");
        try
        {
            var rows = new MemorySource<Sale>();
            rows.Add(new Sale("a", "x", 10, 100));
            await RunAsync(Sums(StreamSource.From(rows, "sales")), folder.FullName);
            rows.Add(new Sale("a", "x", 10, 100));
            var (query, code) = Changes[name];
            var changed = query(StreamSource.From(rows, "sales"));
            if (code.Length > 0) Assert.That(Assert.ThrowsAsync<StreamLinqException>(() => RunAsync(changed, folder.FullName))!.Code, Is.EqualTo(code));
            var result = code.Length == 0 ? await RunAsync(changed, folder.FullName) : await RunAsync(Sums(StreamSource.From(rows, "sales")), folder.FullName);
            Assert.That(result.Single().Sum, Is.EqualTo(20), "the sum goes on; after a refusal the first query still can");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<IReadOnlyList<Total>> RunAsync(IStreamQueryable<Total, Table> query, string folder)
    {
        var sink = new MemorySink<Total>();
        await using var engine = new StreamEngine();
        await engine.RunAsync(query.WriteTo(sink, OutputMode.Complete), new StreamingQueryOptions { Trigger = Trigger.AvailableNow, CheckpointLocation = folder });
        return sink.Rows;
    }
}
