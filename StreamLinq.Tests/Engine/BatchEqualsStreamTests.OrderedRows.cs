// The ordered rows of groups, against the batch provider: top-N with and without ties, ranks, lists, and aggregates over the first rows; over streams and over tables.
using NUnit.Framework;

namespace StreamLinq.Tests.Engine;

public sealed partial class BatchEqualsStreamTests
{
    // Here no arrival decides: all that is equal in the order is kept, or is equal in the result.
    private static readonly Func<IStreamQueryable<Sale, AppendOnly>, IStreamQueryable<Total, Table>>[] Ordered =
    [
        q => from s in q group s by s.Shop into g from top in g.OrderByDescending(s => s.Price).TakeWithTies(2) select new Total(g.Key, top.Id, top.Code / 2, top.Price, top.Amount, top.Shop),
        q => from s in q group s by s.Id % 3 into g from row in g where row.Price > 0 select new Total(g.Key.ToString(), row.Id, g.Count(), row.Price, null, row.Shop),
        q => from s in q group s.Price by s.Shop into g from price in g.OrderBy(p => p).Take(3).Select((p, rank) => new { Price = p, Rank = rank }) select new Total(g.Key, price.Rank, 0, price.Price, null, null),
        q => from s in q
             group s by new { s.Shop, s.Id } into g
             select new { g.Key.Shop, g.Key.Id, Top = g.Max(s => s.Price), N = g.Count() } into inner
             group inner by inner.Shop into g
             from row in g.OrderByDescending(i => i.Top).ThenBy(i => i.N).ThenBy(i => i.Id).Take(2).Select((i, rank) => new { i.Id, i.Top, Rank = rank + 1 })
             select new Total(g.Key, row.Rank, row.Id, row.Top, null, null),
        q => from s in q
             group s by s.Id into g
             select new { Id = g.Key, N = g.Count(), Best = g.Max(s => s.Amount) } into inner
             group inner by inner.N into g
             let few = g.Where(i => i.Id > 2).OrderBy(i => i.Id)
             select new Total(g.Key.ToString(), g.MinBy(i => (i.Best ?? 0) * 10000 + i.Id).Id, g.OrderBy(i => i.Id).First().Id + g.OrderBy(i => i.Id).Last().Id * 100,
                 null, few.Take(2).Average(i => (double?)i.Id), string.Join(",", few.ToList().Select(i => i.Id))),
        q => from s in q
             group s by new { s.Shop, s.Id } into g
             select new { g.Key.Shop, g.Key.Id, N = g.Count() } into inner
             group inner by inner.Shop into g
             from row in g.OrderByDescending(i => i.N).TakeWithTies(1)
             group row by row.N into g
             select new Total(null, g.Key, g.Sum(r => r.Id), null, null, g.Max(r => r.Shop)),
    ];

    private static readonly Func<IStreamQueryable<Sale, AppendOnly>, IStreamQueryable<Total, Table>>[] OrderedByArrival =
    [
        q => from s in q
             group s by s.Shop into g
             from row in g.OrderByDescending(s => s.Price).ThenBy(s => s.Weight).Take(3).Select((s, rank) => new { s.Id, s.Code, s.Price, Rank = rank + 1 })
             select new Total(g.Key, row.Rank, row.Id, row.Price, null, row.Code.ToString()),
        q => from s in q
             group s by s.Price into g
             let some = g.Where(s => s.Amount != null)
             select new Total(g.Key.ToString("0.0"), g.MinBy(s => s.Amount).Id, g.MaxBy(s => s.Weight).Id, some.MaxBy(s => s.Amount) == null ? null : some.MaxBy(s => s.Amount).Price,
                 g.OrderBy(s => s.Shop).Last().Id, g.OrderByDescending(s => s.Shop).ThenBy(s => s.Weight).First().Code.ToString()),
        q => from s in q
             group s by s.Shop into g
             let top = g.OrderBy(s => s.Weight).Take(3)
             select new Total(g.Key, top.Count() + 10 * top.CountDistinct(s => s.Id), top.Sum(s => s.Id), top.Min(s => (decimal?)s.Price), top.Average(s => s.Amount), top.Aggregate(new Joined()) + top.Last().Id + top.First().Id),
        q => from s in q
             group s by s.Id into g
             select new Total(g.Key.ToString(), g.Count(), 0, null, null, string.Join(",", g.ToList().Select(s => s.Code)) + string.Join(",", g.OrderByDescending(s => s.Amount).ThenByDescending(s => s.Shop).ToList().Select(s => s.Price.ToString("0.0")))),
        q => from s in q
             group s by s.Code into g
             from row in g.Where(s => s.Id != 1).OrderBy(s => s.Amount).ThenBy(s => s.Shop).Take(5).Select((s, rank) => new { Sale = s, Rank = rank, g.Key }).Where(r => r.Rank % 2 == 0)
             where row.Sale.Id != 3
             select new Total(row.Key.ToString(), row.Rank, row.Sale.Id, row.Sale.Price, null, row.Sale.Shop),
        q => from s in q group s by 0 into all select new Total(string.Join(";", all.OrderBy(s => s.Shop).Take(4).Select((s, rank) => s.Id + ":" + rank + ":" + all.Key).Where(t => t.Length < 9).ToList()), 0, 0, null, null, null),
        q => from s in q group s by 0 into all from row in all.OrderByDescending(s => s.Price).Take(2) select new Total(null, row.Id, row.Code / 3, row.Price, null, row.Shop),
    ];

    [Test]
    public void Ordered_rows_of_groups_are_those_of_the_batch() => Hold(Runs(Ordered.Length), run => HoldTable(run, Ordered), share: 3);

    [Test]
    public void Of_equal_rows_the_earlier_arrival_comes_first() => Hold(Runs(OrderedByArrival.Length, byArrival: true), run => HoldTable(run, OrderedByArrival), share: 3);
}
