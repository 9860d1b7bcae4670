// The physical plan says where rows are exchanged between workers.
using NUnit.Framework;

namespace StreamLinq.Tests.Workers;

[TestFixture]
public sealed class ExchangePlanTests
{
    [Test]
    public void Rows_are_exchanged_where_state_is_kept_by_key()
    {
        var numbers = new MemorySource<int>().AsStreamQueryable();
        var output = numbers.Distinct().GroupBy(n => n % 10).Select(g => new { g.Key, Count = g.Count() }).GroupBy(_ => 0).Select(g => g.Count()).WriteTo(new MemorySink<long>(), OutputMode.Changelog);
        var lines = output.Explain(workers: 2).Split('\n').Select(l => l.Trim()).ToList();
        Assert.That(lines.Count(l => l == "Exchange by key over 2 workers"), Is.EqualTo(2));
        Assert.That(lines[lines.IndexOf("Exchange by key over 2 workers") + 1], Does.StartWith("Distinct"));
        Assert.That(output.Explain(), Does.Not.Contain("Exchange"));
        Assert.That(() => output.Explain(workers: 0), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public async Task A_running_query_tells_its_exchanges()
    {
        await using var engine = new StreamEngine(new StreamEngineOptions { Workers = 3 });
        var query = await engine.StartAsync(new MemorySource<int>().AsStreamQueryable().Distinct().WriteTo(new MemorySink<int>()));
        Assert.That(query.Explain(), Does.Contain("Exchange by key over 3 workers"));
    }
}
