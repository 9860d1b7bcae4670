// The judge of every operator: a drawn query over drawn rows, cut into drawn epochs, crashed at drawn moments, gives what the batch provider gives for all rows at once.
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;
using StreamLinq.Tests.Workers;

namespace StreamLinq.Tests.Engine;

public sealed record Sale(int Id, string? Shop, int? Amount, decimal Price, double Weight, long Code);

public sealed record Total(string? Key, long Count, long Sum, decimal? Price, double? Mean, string? Least);

[TestFixture]
public sealed partial class BatchEqualsStreamTests
{
    private static readonly int Drawn = Environment.GetEnvironmentVariable("STREAMLINQ_LONG") == "1" ? 20_000 : 100;

    private static readonly string[] Shops = ["a", "b", "c", "A", ""];

    private static Gen<Sale> Row() =>
        from id in Gen.Choose(-3, 12)
        from shop in Gen.OneOf(Gen.Elements(Shops).Select(s => (string?)s), Gen.Constant((string?)null))
        from amount in Gen.OneOf(Gen.Choose(-50, 50).Select(a => (int?)a), Gen.Constant((int?)null))
        from price in Gen.Elements(0m, 1.0m, 1.00m, 2.5m, -3.75m)
        from weight in Gen.Elements(0.0, -0.0, 1.5, double.NaN, -2.25, 1024)
        from code in Gen.Elements(long.MinValue, -1, 0, 7, long.MaxValue)
        select new Sale(id, shop, amount, price, weight, code);

    /// <summary>How the rows are cut: the size of each epoch, and what happens after it.</summary>
    private sealed record Cut(int Rows, Fate Fate);

    private enum Fate { GoOn, Crash, LoseCommit }

    private sealed record Run(IReadOnlyList<int> Steps, int Terminal, int Mode, Sale[] Rows, Cut[] Cuts)
    {
        public override string ToString() => $"steps {string.Join(",", Steps)}; terminal {Terminal}; mode {Mode}; rows {string.Join(" | ", (object[])Rows)}; cuts {string.Join(", ", (object[])Cuts)}";
    }

    private const int MergeStep = 7;

    private static Gen<Run> Runs(int terminals, bool byArrival = false) =>
        from steps in Gen.Choose(0, Steps.Length - 1).ListOf().Select(s => s.Take(4).Where((step, i) => step != 10 || !s.Take(i).Contains(10)).ToArray())   // a name is given once
        from terminal in Gen.Choose(0, terminals - 1)
        from mode in Gen.Choose(0, 2)
        from rows in Row().ArrayOf()
        from cuts in (from n in Gen.Choose(0, 5) from fate in Gen.Frequency((6, Gen.Constant(Fate.GoOn)), (2, Gen.Constant(Fate.Crash)), (1, Gen.Constant(Fate.LoseCommit))) select new Cut(n, fate)).ArrayOf()
        select new Run(byArrival ? [.. steps.Where(s => s != MergeStep)] : steps, terminal, mode, rows, cuts);

    private static readonly Func<IStreamQueryable<Sale, AppendOnly>, IStreamQueryable<Sale, AppendOnly>>[] Steps =
    [
        q => q.Where(s => s.Id > 0),
        q => q.Where(s => s.Shop != null && s.Shop.Length > 0),
        q => q.Select(s => new Sale(s.Id + 1, s.Shop, s.Amount, s.Price * 2, s.Weight, s.Code)),
        q => q.SelectMany(s => Enumerable.Range(0, Math.Abs(s.Id) % 3), (s, i) => new Sale(s.Id * 10 + i, s.Shop, s.Amount, s.Price, s.Weight, s.Code)),
        q => q.Distinct(),
        q => q.DistinctBy(s => new { s.Shop, s.Price }),
        q => q.DistinctBy(s => s.Weight),
        q => q.Merge(q.Where(s => s.Id % 2 == 0)),
        q => from s in q let twice = s.Id * 2 let text = s.Shop + twice where twice != 4 select new Sale(twice, text, s.Amount, s.Price, s.Weight, s.Code),
        q => q.Select(s => new { s.Id, Inner = new { s.Shop, Sale = s } }).Where(x => x.Inner.Sale.Id != 3).Select(x => x.Inner.Sale),
        q => q.Named("kept"),
    ];

    private static readonly Func<IStreamQueryable<Sale, AppendOnly>, IStreamQueryable<Total, Table>>[] Tables =
    [
        q => from s in q group s by s.Shop into g select new Total(g.Key, g.Count(), g.Sum(s => s.Id), g.Max(s => s.Price), g.Average(s => s.Amount), g.Min(s => s.Shop)),
        q => from s in q group s by new { s.Shop, s.Price } into g where g.Count() > 1 select new Total(g.Key.Shop, g.Count(), g.Sum(s => (long)s.Id), g.Key.Price, g.Average(s => s.Id), null),
        q => from s in q group s.Amount by s.Id into g let n = g.Count() where g.Key != 2 select new Total(g.Key.ToString(), n, g.Sum(a => a) ?? 0, null, g.Average(a => a), null),
        q => from s in q
             group s by s.Shop into g
             let big = g.Where(s => s.Amount > 0)
             select new Total(g.Key, big.Count(), big.Sum(s => s.Id), big.Max(s => (decimal?)s.Price), big.Average(s => (double?)s.Id), big.Min(s => s.Shop)),
        q => from s in q group s by s.Weight into g select new Total((g.Key + 0.0).ToString("R", null), g.Count(s => s.Id > 2), g.CountDistinct(s => s.Amount), g.Sum(s => s.Price), g.CountDistinct(s => s.Shop), g.First().Shop),
        q => from s in q
             group s by new { s.Shop, s.Id } into g
             select new { g.Key.Shop, Top = g.Max(s => s.Price), N = g.Count() } into inner
             group inner by inner.Shop into g
             select new Total(g.Key, g.Count(), g.Sum(i => i.N), g.Max(i => i.Top), g.Average(i => i.N), g.Min(i => i.Shop)),
        q => (from s in q group s by s.Id into g select new { Shop = g.Last().Shop, Many = g.Count() > 1 }).Distinct()
             .GroupBy(x => x.Many).Select(g => new Total(g.Key ? "many" : "one", g.Count(), g.CountDistinct(x => x.Shop), null, null, g.Max(x => x.Shop))),
        q => from s in q group s by 0 into g select new Total(null, g.Count(), g.Sum(s => s.Amount) ?? 0, g.Sum(s => s.Price), g.Max(s => (double?)s.Id), g.Aggregate(new Joined())),
        q => (from s in q group s by s.Code into g where g.Key != 0 select new Total("x" + g.Key, g.Count(), 0, g.Min(s => s.Price), null, null)).Named("codes"),
        q => (from s in q group s by s.Shop into g select new Total(g.Key, g.Count(), 0, null, null, null))
             .Merge(from s in q group s by s.Amount into g select new Total(g.Key.ToString(), -g.Count(), 0, null, null, null)),
        q => from s in q group s by s.Shop into g select new { g.Key, N = g.Count() } into row from i in Enumerable.Range(0, (int)Math.Min(row.N, 3)) select new Total(row.Key, i, row.N, null, null, null),
    ];

    [Test]
    public void A_stream_gives_the_batch_answer_in_the_batch_order() => Hold(Runs(1), async run =>
    {
        var (expected, harness, source, query) = Prepare(run, q => q);
        await using var _ = harness;
        var output = await harness.StartAsync(query);
        await FeedAsync(run, harness, source);
        Assert.That(output.Result, Is.EqualTo(InBatchOrder(run, expected, output.Result)), run.ToString());
    });

    [Test]
    public void A_table_gives_the_batch_answer_in_every_mode() => Hold(Runs(Tables.Length), run => HoldTable(run, Tables));

    private static async Task HoldTable(Run run, Func<IStreamQueryable<Sale, AppendOnly>, IStreamQueryable<Total, Table>>[] tables)
    {
        var (expected, harness, source, query) = Prepare(run, q => tables[run.Terminal](q));
        await using var _ = harness;
        // Tables without a key in the row cannot be written in Update: they are written as a changelog.
        var mode = run.Mode switch { 0 when LogicalPlan.Bind(query).KeyMembers is not null => OutputMode.Update, 1 => OutputMode.Complete, _ => OutputMode.Changelog };
        var output = await harness.StartAsync(query, mode);
        await FeedAsync(run, harness, source);
        Assert.That(output.Result.Select(Rounded), Is.EquivalentTo(expected.Select(Rounded)), $"{mode}: {run}");
    }

    // A mean is as exact as its sum, and a sum of doubles depends on the order of the rows that came and went.
    private static Total Rounded(Total total) => total with { Mean = total.Mean is { } mean ? Math.Round(mean, 9) : null };

    // A merge interleaves its inputs by epochs: within an input the order is the batch's, between them it is not.
    private static IReadOnlyList<Sale> InBatchOrder(Run run, IReadOnlyList<Sale> expected, IReadOnlyList<Sale> actual) =>
        run.Steps.Contains(MergeStep) && expected.OrderBy(Shown, StringComparer.Ordinal).SequenceEqual(actual.OrderBy(Shown, StringComparer.Ordinal)) ? actual : expected;

    // A shop without a name is not no shop.
    private static string Shown(Sale sale) => sale.Shop is null ? $"{sale} without a shop" : sale.ToString();

    private static (IReadOnlyList<Sale> Expected, StreamTestHarness Harness, TestSource<Sale> Source, IStreamQueryable<Sale, AppendOnly> Query) Prepare(Run run, Func<IStreamQueryable<Sale, AppendOnly>, IStreamQueryable<Sale, AppendOnly>> terminal)
    {
        var harness = new StreamTestHarness { Workers = DrawnWorkers.Of(run.Rows.Length) };
        var source = harness.Source<Sale>();
        var query = terminal(run.Steps.Aggregate(source.Rows, (q, step) => Steps[step](q)));
        return (query.Over(source.Rows, run.Rows).ToList(), harness, source, query);
    }

    private static (IReadOnlyList<Total> Expected, StreamTestHarness Harness, TestSource<Sale> Source, IStreamQueryable<Total, Table> Query) Prepare(Run run, Func<IStreamQueryable<Sale, AppendOnly>, IStreamQueryable<Total, Table>> terminal)
    {
        var harness = new StreamTestHarness { Workers = DrawnWorkers.Of(run.Rows.Length) };
        var source = harness.Source<Sale>();
        var query = terminal(run.Steps.Aggregate(source.Rows, (q, step) => Steps[step](q)));
        return (query.Over(source.Rows, run.Rows).ToList(), harness, source, query);
    }

    private static async Task FeedAsync(Run run, StreamTestHarness harness, TestSource<Sale> source)
    {
        var at = 0;
        foreach (var cut in run.Cuts)
        {
            var rows = run.Rows[at..Math.Min(run.Rows.Length, at + cut.Rows)];
            at += rows.Length;
            await source.EpochAsync(rows);
            if (cut.Fate == Fate.LoseCommit && harness.Query.LastProgress is not null) await harness.ForgetLastCommitAsync();
            if (cut.Fate != Fate.GoOn) await harness.CrashAndRecoverAsync();
        }

        source.Add(run.Rows.AsSpan(at));
        await source.CompleteAsync();
    }

    private static void Hold(Gen<Run> runs, Func<Run, Task> property, int share = 1) =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(Drawn / share), Prop.ForAll(runs.ToArbitrary(), property));

    private sealed class Joined : IRetractableAggregate<Sale, long, string>
    {
        public long Create() => 0;

        public long Add(long accumulator, Sale input) => accumulator + input.Id;

        public long Remove(long accumulator, Sale input) => accumulator - input.Id;

        public long Merge(long left, long right) => left + right;

        public string Result(long accumulator) => $"sum {accumulator}";
    }
}
