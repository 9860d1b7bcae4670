// Tables that change, against the batch provider: latest rows, feeds of changes, the first rows of a table, rows with their neighbours, and joins of tables.
using NUnit.Framework;

namespace StreamLinq.Tests.Engine;

public sealed partial class BatchEqualsStreamTests
{
    private static readonly TimeSpan NeverLate = TimeSpan.FromDays(1000);

    private static DateTimeOffset Minute(int minute) => DateTimeOffset.UnixEpoch.AddMinutes(minute);

    private static IStreamQueryable<Change<Sale>, AppendOnly> Feed(IStreamQueryable<Sale, AppendOnly> q) =>
        q.Select(s => new Change<Sale>(s.Amount < 0 ? ChangeKind.Delete : s.Id % 2 == 0 ? ChangeKind.Upsert : ChangeKind.Insert, s));

    private static IStreamQueryable<Total, Table> ByShop(IStreamQueryable<Sale, AppendOnly> q) =>
        from s in q group s by s.Shop into g where g.Count() != 2 select new Total(g.Key, g.Count(), g.Sum(s => s.Id), g.Max(s => s.Price), null, null);

    private static IStreamQueryable<Total, Table> ById(IStreamQueryable<Sale, AppendOnly> q) =>
        from s in q group s by s.Id into g select new Total(g.Key.ToString(), g.Count(), g.Key, g.Min(s => s.Price), null, g.Max(s => s.Shop));

    // Here no arrival decides.
    private static readonly Func<IStreamQueryable<Sale, AppendOnly>, IStreamQueryable<Total, Table>>[] Changing =
    [
        q => ById(q).OrderByDescending(t => t.Count).ThenBy(t => t.Sum).Take(3),
        q => from t in ById(q).OrderBy(t => t.Least).ThenByDescending(t => t.Sum).Take(4).Where(t => t.Count > 1) group t by t.Least into g select new Total(g.Key, g.Count(), g.Sum(t => t.Sum), g.Min(t => t.Price), null, null),
        q => ById(q).OrderBy(t => t.Price).ThenBy(t => t.Sum).Take(5).OrderByDescending(t => t.Sum).Select(t => new { t.Key, t.Sum }).Take(2).Select(t => new Total(t.Key, t.Sum, 0, null, null, null)),
        q => q.Unbounded().Where(s => s.Id != 4).OrderBy(s => s.Id).ThenBy(s => s.Code).Take(3).Select(s => new Total(null, s.Id, s.Code / 3, null, null, null)),
        q => q.Unbounded().Where(s => s.Id > 2).Select(s => new Total(s.Shop, s.Id, s.Code / 3, s.Price, s.Amount, null)),
        q => q.Unbounded().Select(s => new { s.Shop, s.Price }).Distinct().Select(s => new Total(s.Shop, 0, 0, s.Price, null, null)),
        q => ByShop(q).Merge(ById(q)).OrderBy(t => t.Count).ThenBy(t => t.Sum).ThenBy(t => t.Key).ThenBy(t => t.Price).ThenBy(t => t.Least).Take(4),
        q => from t in ByShop(q).Merge(ByShop(q.Where(s => s.Id % 2 == 0))).Distinct() group t by t.Count into g select new Total(null, g.Key, g.Count(), g.Max(t => t.Price), null, g.Min(t => t.Key)),
        q => from t in ById(q)
             group t by t.Least into g
             from frame in g.OrderBy(t => t.Sum).Over(preceding: 2)
             select new Total(g.Key, frame.Sum(t => t.Sum), frame.Count() * 100 + frame.Current.Count, frame.Max(t => t.Price), frame.Where(t => t.Count > 1).Average(t => (double?)t.Sum), frame.OrderByDescending(t => t.Count).ThenBy(t => t.Sum).First().Key),
        q => from t in ById(q)
             group t by t.Least into g
             from frame in g.OrderBy(t => Minute((int)t.Sum / 2)).ThenBy(t => t.Sum).Over(preceding: TimeSpan.FromMinutes(1))
             select new Total(g.Key, frame.Sum(t => t.Sum), frame.Count(), frame.Current.Price, null, frame.First().Key),
        q => from t in ById(q)
             group t by t.Count into g
             let few = g.OrderByDescending(t => t.Sum).Take(2)
             select new Total(g.OrderBy(t => t.Sum).Last().Key, few.Count(), few.Sum(t => t.Sum), g.Min(t => t.Price), few.Average(t => (double?)t.Sum), few.Last().Key + g.MaxBy(t => t.Sum).Key + g.OrderBy(t => t.Sum).First().Key),
        q => from a in ByShop(q) join b in ByShop(q.Where(s => s.Amount > 0)) on a.Key equals b.Key select new Total(a.Key, a.Count, b.Count, b.Price, null, null),
        q => ByShop(q).LeftJoin(ByShop(q.Where(s => s.Amount > 0)), a => a.Key, b => b.Key, (a, b) => new Total(a.Key, a.Count, b == null ? -1 : b.Count, null, null, null)),
        q => from a in ById(q) join b in ByShop(q) on a.Least equals b.Key where a.Count < b.Count select new Total(a.Key, a.Count, b.Count, b.Price, null, b.Key),
        q => ById(q).LeftJoin(ById(q), a => a.Count, b => b.Sum, (a, b) => new Total(a.Key, a.Count, b == null ? 0 : b.Count, null, null, b == null ? null : b.Key), (a, b) => a.Sum != b.Sum),
        q => ByShop(q).RightJoin(ById(q), a => a.Key, b => b.Least, (a, b) => new Total(b.Key, a == null ? -1 : a.Count, b.Count, null, null, a == null ? null : a.Key), (a, b) => b.Count > 1),
        q => ById(q).FullJoin(ByShop(q), a => a.Count, b => b.Count, (a, b) => new Total(a == null ? null : a.Key, 0, b == null ? 0 : b.Sum, null, null, b == null ? null : b.Key), (a, b) => a.Sum > 0),
        q => ById(q).SemiJoin(ByShop(q), a => a.Least, b => b.Key, (a, b) => b.Sum >= a.Sum),
        q => ById(q).AntiJoin(ByShop(q), a => a.Least, b => b.Key),
        q => ById(q).AntiJoin(ById(q).Merge(ById(q.Where(s => s.Id > 3))), a => new { a.Count, a.Least }, b => new { b.Count, b.Least }, (a, b) => a.Sum < b.Sum),
        q => ByShop(q).LeftJoin(q.Where(s => s.Id > 1).Unbounded(), a => a.Key, s => s.Shop, (a, s) => new Total(a.Key, a.Count, s == null ? 0 : s.Id, s == null ? null : s.Price, null, null)),
        q => from r in from a in ById(q) join b in ByShop(q) on a.Least equals b.Key select new { a.Sum, b.Key, b.Count } group r by r.Key into g select new Total(g.Key, g.Count(), g.Sum(r => r.Sum), null, null, g.Max(r => r.Key)),
        q => from c in ByShop(q).ToChanges() group c by c.Row into g let n = g.Sum(c => c.Kind == ChangeKind.Insert ? 1 : -1) where n != 0 select new Total(g.Key.Key, n, g.Key.Count, g.Key.Price, null, null),
        q => ByShop(q).Merge(ById(q)).ToChanges().ToTable(t => new { t.Key, t.Least, t.Price, t.Count, t.Sum }),
        q => ById(q).Where(t => t.Count > 1).ToChanges().ToTable(t => t.Key).Where(t => t.Sum != 5),
    ];

    private static readonly Func<IStreamQueryable<Sale, AppendOnly>, IStreamQueryable<Total, Table>>[] ChangingByArrival =
    [
        q => q.LatestBy(s => s.Shop).Select(s => new Total(s.Shop, s.Id, s.Code / 3, s.Price, s.Amount, null)),
        q => from s in q.LatestBy(s => new { s.Shop, s.Price }) where s.Id > 2 group s by s.Shop into g select new Total(g.Key, g.Count(), g.Sum(s => s.Id), g.Max(s => s.Price), g.Average(s => s.Amount), g.MinBy(s => s.Price).Code.ToString()),
        q => from s in q.WithEventTime(s => Minute(s.Id), NeverLate).LatestBy(s => s.Shop) select new Total(s.Shop, s.Id, s.Code / 3, s.Price, s.Amount, null),
        q => from s in q.Select(s => new { s.Shop, Twice = s.Id * 2, s.Price }).WithEventTime(s => Minute(s.Twice), NeverLate).LatestBy(s => new { Key = s.Price }).Where(s => s.Twice != 4) select new Total(s.Shop, s.Twice, 0, s.Price, null, null),
        q => Feed(q).ToTable(s => s.Shop).Select(s => new Total(s.Shop, s.Id, s.Code / 3, s.Price, s.Amount, null)),
        q => from s in Feed(q).ToTable(s => s.Id % 4) group s by s.Shop into g select new Total(g.Key, g.Count(), g.Sum(s => s.Id), null, null, g.Min(s => s.Shop)),
        q => from s in Feed(q).WithEventTime(c => Minute(c.Row.Id), NeverLate).ToTable(s => s.Shop) select new Total(s.Shop, s.Id, s.Code / 3, s.Price, s.Amount, null),
        q => q.Unbounded().OrderByDescending(s => s.Price).Take(3).Select(s => new Total(s.Shop, s.Id, s.Code / 3, s.Price, s.Amount, null)),
        q => from s in q group s by s.Shop into g from frame in g.OrderBy(s => s.Price).Over(1) select new Total(g.Key, frame.Sum(s => s.Id), frame.First().Id * 1000 + frame.Last().Id, frame.Current.Price, frame.Average(s => s.Amount), null),
        q => (from s in q.LatestBy(s => s.Shop) join t in ById(q) on s.Id.ToString() equals t.Key select new { s.Shop, t.Count, t.Price }).OrderBy(r => r.Count).ThenBy(r => r.Shop).Take(2).Select(r => new Total(r.Shop, r.Count, 0, r.Price, null, null)),
    ];

    [Test]
    public void Tables_that_change_are_those_of_the_batch() => Hold(Runs(Changing.Length), run => HoldTable(run, Changing));

    [Test]
    public void Tables_of_what_came_last_are_those_of_the_batch() => Hold(Runs(ChangingByArrival.Length, byArrival: true), run => HoldTable(run, ChangingByArrival));
}
