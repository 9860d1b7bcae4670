// The judge of joins as of a time: drawn rows and versions, late and in disorder, cut into drawn epochs and crashed at drawn moments, give in every epoch what all rows at once say. The reference keeps everything.
using System.Linq.Expressions;
using NUnit.Framework;
using StreamLinq.Tests.Windows;
using StreamLinq.Tests.Workers;

namespace StreamLinq.Tests.Joins;

[TestFixture]
public sealed class AsOfReferenceTests
{
    private const int FeedOfPages = 2;

    [Test]
    public void A_row_comes_with_the_version_of_its_time_once_the_watermark_has_passed_it() => JoinsEqualReferenceTests.Hold(JoinRun.Any(JoinForm.Interval), async run =>
    {
        await using var harness = new StreamTestHarness { Workers = DrawnWorkers.Of(run.Rows.Length) };
        var (left, right) = JoinsEqualReferenceTests.Sources(harness, run);
        var output = await harness.StartAsync(Query(run, left.Rows, right.Rows));
        var steps = run.Epochs();
        var results = Expected(run, [.. steps.SelectMany(s => s)], out var lateRows).ToLookup(r => r.Epoch, r => r.Pair);
        var late = new SortedDictionary<long, long>();
        var epoch = 0;
        foreach (var ((rows, cut), epochs) in run.Steps().Zip(steps))
        {
            await JoinsEqualReferenceTests.FeedAsync(harness, run, left, right, rows, cut, late);
            JoinsEqualReferenceTests.Compare(run, JoinsEqualReferenceTests.After(rows), output.Take().Select(c => c.Row), epochs.SelectMany(_ => results[epoch++]));
        }

        await left.CompleteAsync();
        if (!run.IsSelfJoin) await right.CompleteAsync();
        JoinsEqualReferenceTests.Compare(run, "at the end", output.Take().Select(c => c.Row), results[epoch]);
        JoinsEqualReferenceTests.Check(run, late.Values.Sum() == lateRows, $"{late.Values.Sum()} rows were late, not {lateRows}");
        var kept = output.Query.LastProgress is { } last ? last.StateOperators.Single().Rows : 0;
        JoinsEqualReferenceTests.Check(run, kept <= Keys(run), $"{kept} rows are left");
    });

    [Test]
    public void Results_are_never_late_for_the_next_operator() => JoinsEqualReferenceTests.Hold(JoinRun.Any(JoinForm.Interval), async run =>
    {
        await using var harness = new StreamTestHarness { Workers = DrawnWorkers.Of(run.Rows.Length) };
        var (left, right) = JoinsEqualReferenceTests.Sources(harness, run);
        var output = await harness.StartAsync(Query(run, left.Rows, right.Rows).Window(Windowing.Tumbling(TimeSpan.FromMilliseconds(500))).GroupBy(_ => 0)
            .Select(g => new { g.Window.Start, Pairs = string.Join(' ', g.ToList().Select(p => $"{p.Left}-{p.Right}").Order(StringComparer.Ordinal)) }));
        foreach (var (rows, cut) in run.Steps()) await JoinsEqualReferenceTests.FeedAsync(harness, run, left, right, rows, cut, []);
        await left.CompleteAsync();
        if (!run.IsSelfJoin) await right.CompleteAsync();
        var times = run.Rows.ToDictionary(r => r.Row.Id, r => r.Row.At);
        var expected = Expected(run, [.. run.Epochs().SelectMany(s => s)], out _).Select(r => r.Pair)
            .GroupBy(p => new DateTimeOffset(times[p.Left!.Value].UtcTicks - (times[p.Left.Value].UtcTicks % 5_000_000), TimeSpan.Zero), p => $"{p.Left}-{p.Right}")
            .Select(g => new { Start = g.Key, Pairs = string.Join(' ', g.Order(StringComparer.Ordinal)) });
        JoinsEqualReferenceTests.Compare(run, "in windows", output.Result, expected);
    });

    [Test]
    public void Without_late_rows_it_is_the_batch_answer() => JoinsEqualReferenceTests.Hold(JoinRun.Any(JoinForm.Interval), drawn =>
    {
        var (left, right) = (Batch.Rows.Of<Click>(), Batch.Rows.Of<Click>());
        var run = drawn with { IsSelfJoin = false };
        var (ofLeft, ofRight) = (run.LeftOf(run.Rows), run.RightOf(run.Rows));
        var expected = Expected(run, [new JoinEpoch(ofLeft, ofRight, null, long.MaxValue)], out _).Select(r => r.Pair);
        JoinsEqualReferenceTests.Compare(run, "batch", Query(run, left, right).Over(left, ofLeft).Over(right, ofRight).ToList(), expected);
        return Task.CompletedTask;
    });

    private static IStreamQueryable<Pair, EventTime> Query(JoinRun run, IStreamQueryable<Click, AppendOnly> left, IStreamQueryable<Click, AppendOnly> right)
    {
        var ofLeft = left.WithEventTime(c => c.At, run.LeftDelay);
        var ofRight = run.IsSelfJoin ? ofLeft : right.WithEventTime(c => c.At, run.RightDelay);
        return run.Keys switch
        {
            // The key of the table.
            0 => Of(ofRight.LatestBy(c => c.Page).AsOf(), c => c.Page),
            // Another key, which several rows of the table have and which changes; and a part of it may be null.
            1 => Of(ofRight.LatestBy(c => c.Id % 3).Where(c => c.Value != 2).AsOf(), c => new { c.Page }),
            // Rows that go, and a condition behind a selection.
            _ => Of(ofRight.Select(c => new Change<Click>(c.Value == 0 ? ChangeKind.Delete : ChangeKind.Upsert, c)).ToTable(c => c.Page).Select(c => new { Row = c, Same = c.Value }).Where(c => c.Same != 2).Select(c => c.Row).AsOf(), c => c.Page),
        };

        IStreamQueryable<Pair, EventTime> Of<K>(IAsOfSide<Click> table, Expression<Func<Click, K>> key) => run.Kind == JoinKind.Inner
            ? run.Condition == 0 ? ofLeft.Join(table, key, key, (l, r) => new Pair(l.Id, r.Id)) : ofLeft.Join(table, key, key, (l, r) => new { l, r }).Where(p => p.l.Value != p.r.Value && p.r.Value < 3).Select(p => new Pair(p.l.Id, p.r.Id))
            : ofLeft.LeftJoin(table, key, key, (l, r) => new Pair(l.Id, r == null ? null : r.Id), run.Condition == 0 ? null : (l, r) => l.Value != r.Value && r.Value < 3);
    }

    private static int Keys(JoinRun run) => run.Keys == 1 ? 3 : run.Rows.Select(r => r.Row.Page).Distinct().Count();

    private static List<(int Epoch, Pair Pair)> Expected(JoinRun run, IReadOnlyList<JoinEpoch> epochs, out int lateRows)
    {
        var left = epochs.SelectMany((e, i) => e.Left.Select(row => (Epoch: i, Row: row, IsLate: IsLate(e, row)))).ToList();
        var right = epochs.SelectMany((e, i) => e.Right.Select(row => (Epoch: i, Row: row, IsLate: run.Keys == FeedOfPages && IsLate(e, row)))).ToList();
        lateRows = left.Count(r => r.IsLate) + right.Count(r => r.IsLate);
        var results = new List<(int, Pair)>();
        foreach (var (arrival, l, _) in left.Where(r => !r.IsLate))
        {
            if (Enumerable.Range(arrival, epochs.Count - arrival).Where(e => epochs[e].Watermark is { } time && time >= l.At.UtcTicks).Select(e => (int?)e).FirstOrDefault() is not { } epoch) continue;
            var held = right.Where(r => !r.IsLate && r.Epoch <= epoch && r.Row.At <= l.At).GroupBy(r => run.Keys == 1 ? (object)(r.Row.Id % 3) : ValueTuple.Create(r.Row.Page))
                .Select(g => g.Aggregate((latest, next) => next.Row.At >= latest.Row.At ? next : latest).Row);
            var matches = held.Where(r => Matches(run, l, r)).ToList();
            results.AddRange(matches.Select(r => (epoch, new Pair(l.Id, r.Id))));
            if (matches.Count == 0 && run.Kind != JoinKind.Inner) results.Add((epoch, new Pair(l.Id, null)));
        }

        return results;

        static bool IsLate(JoinEpoch epoch, Click row) => epoch.Late is { } late && row.At.UtcTicks <= late;
    }

    private static bool Matches(JoinRun run, Click l, Click r) =>
        l.Page == r.Page && (run.Keys == 1 || l.Page is not null) && (run.Keys == 0 || r.Value != 2) && (run.Keys != FeedOfPages || r.Value != 0) && (run.Condition == 0 || (l.Value != r.Value && r.Value < 3));
}
