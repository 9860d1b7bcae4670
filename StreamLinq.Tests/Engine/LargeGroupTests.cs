// Group-bys with more keys than the second cache holds, where the loop asks for slots ahead, and the shortest ways from a group to the sink.
using NUnit.Framework;

namespace StreamLinq.Tests.Engine;

[TestFixture]
public sealed class LargeGroupTests
{
    private const int Keys = 30_000;

    private readonly record struct Measured(long Key, int Part, long Value);

    private sealed record Sold(long Key, string Name, long Value);

    private static IEnumerable<int> Numbers => Enumerable.Range(0, Keys * 3).Select(i => (int)((i * 7919L) % Keys));

    [Test]
    public async Task Structs_by_one_key_of_many()
    {
        var rows = Numbers.Select(n => new Measured(n, n % 3, n * 2L)).ToArray();
        await using var harness = new StreamTestHarness();
        var source = harness.Source<Measured>();
        var output = await harness.StartAsync(source.Rows.GroupBy(r => r.Key).Select(g => new { g.Key, Count = g.Count(), Sum = g.Sum(r => r.Value) }), OutputMode.Update);
        await source.EpochAsync(rows[..50_000]);
        await source.EpochAsync(rows[50_000..]);
        var expected = rows.GroupBy(r => r.Key).Select(g => new { g.Key, Count = g.LongCount(), Sum = g.Sum(r => r.Value) });
        Assert.That(output.Result.OrderBy(r => r.Key).SequenceEqual(expected.OrderBy(r => r.Key)));
    }

    [Test]
    public async Task Structs_by_two_keys_of_many()
    {
        var rows = Numbers.Select(n => new Measured(n / 3, n % 3, n * 2L)).ToArray();
        await using var harness = new StreamTestHarness();
        var source = harness.Source<Measured>();
        var output = await harness.StartAsync(source.Rows.GroupBy(r => new { r.Key, r.Part }).Select(g => new { g.Key.Key, g.Key.Part, Count = g.Count() }), OutputMode.Changelog);
        await source.EpochAsync(rows[..50_000]);
        await source.EpochAsync(rows[50_000..]);
        var expected = rows.GroupBy(r => (r.Key, r.Part)).Select(g => new { g.Key.Key, g.Key.Part, Count = g.LongCount() });
        Assert.That(output.Result.OrderBy(r => (r.Key, r.Part)).SequenceEqual(expected.OrderBy(r => (r.Key, r.Part))));
    }

    [Test]
    public async Task Objects_by_a_string_and_rows_left_out_that_are_null()
    {
        Sold?[] rows = [.. Numbers.Select(n => n % 1000 == 1 ? null : new Sold(n, $"name {n}", n))];
        await using var harness = new StreamTestHarness(options: new StreamingQueryOptions { OnRowError = RowErrorPolicy.SkipAndCount });
        var source = harness.Source<Sold?>();
        var output = await harness.StartAsync(source.Rows.GroupBy(r => r!.Name).Select(g => new { g.Key, Sum = g.Sum(r => r!.Value) }), OutputMode.Update);
        await source.EpochAsync(rows[..50_000]);
        await source.EpochAsync(rows[50_000..]);
        var expected = rows.OfType<Sold>().GroupBy(r => r.Name).Select(g => new { g.Key, Sum = g.Sum(r => r.Value) });
        Assert.That(output.Result.OrderBy(r => r.Key, StringComparer.Ordinal).SequenceEqual(expected.OrderBy(r => r.Key, StringComparer.Ordinal)));
    }

    [Test]
    public async Task A_group_whose_row_is_as_before_is_not_sent()
    {
        await using var harness = new StreamTestHarness();
        var source = harness.Source<Measured>();
        var output = await harness.StartAsync(source.Rows.GroupBy(r => r.Key).Select(g => new { g.Key, Sum = g.Sum(r => r.Value) }), OutputMode.Update);
        await source.EpochAsync(new Measured(0, 0, 5), new Measured(1, 0, 6));
        Assert.That(output.Take(), Has.Count.EqualTo(2));
        await source.EpochAsync(new Measured(0, 0, 0), new Measured(1, 0, 1));
        Assert.That(output.Take(), Is.EqualTo(new[] { new { Key = 1L, Sum = 7L } }.Select(r => Upsert(r))));
    }

    [Test]
    public async Task A_row_that_shows_less_than_the_group_is_not_sent_while_it_is_the_same()
    {
        await using var harness = new StreamTestHarness();
        var source = harness.Source<Measured>();
        var output = await harness.StartAsync(source.Rows.GroupBy(r => r.Key).Select(g => new { g.Key, Many = g.Count() > 2 }), OutputMode.Update);
        await source.EpochAsync(new Measured(1, 0, 0));
        await source.EpochAsync(new Measured(1, 0, 0));
        Assert.That(output.Take(), Is.EqualTo(new[] { new { Key = 1L, Many = false } }.Select(r => Upsert(r))));
        await source.EpochAsync(new Measured(1, 0, 0));
        Assert.That(output.Take(), Is.EqualTo(new[] { new { Key = 1L, Many = true } }.Select(r => Upsert(r))));
    }

    [Test]
    public async Task A_group_that_a_filter_drops_is_deleted_with_its_old_row()
    {
        await using var harness = new StreamTestHarness();
        var source = harness.Source<Measured>();
        var output = await harness.StartAsync(source.Rows.GroupBy(r => r.Key).Select(g => new { g.Key, Sum = g.Sum(r => r.Value) }).Where(r => r.Sum < 10), OutputMode.Update);
        await source.EpochAsync(new Measured(1, 0, 5));
        await source.EpochAsync(new Measured(1, 0, 5));
        Assert.That(output.Take().Select(c => (c.Kind, c.Row.Sum)), Is.EqualTo(new[] { (ChangeKind.Upsert, 5L), (ChangeKind.Delete, 5L) }));
    }

    private static Change<T> Upsert<T>(T row) => new(ChangeKind.Upsert, row);
}
