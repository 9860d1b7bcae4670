// Aggregates of a group's rows: types, nulls, nothing, overflow, order and ties.
using System.Diagnostics.CodeAnalysis;
using System.Linq.Expressions;
using NUnit.Framework;

namespace StreamLinq.Tests.Batch;

[SuppressMessage("Structure", "NUnit1027", Justification = "FsCheck supplies the arguments.")]
public sealed class AggregateTests
{
    private static readonly string?[] Names = ["b", null, "B", "a"];

    [FsCheck.NUnit.Property]
    public bool Sums_are_those_of_linq(Number[] rows)
    {
        var query = from n in Rows.Of<Number>()
                    group n by 0 into g
                    select new { I = g.Sum(n => n.I), L = g.Sum(n => n.L), D = g.Sum(n => n.D), M = g.Sum(n => n.M), F = g.Sum(n => n.F), N = g.Sum(n => n.N) };
        return query.Over(rows).ToList().SequenceEqual(rows.GroupBy(n => 0).Select(g => new
        {
            I = g.Sum(n => (long)n.I),
            L = g.Sum(n => n.L),
            D = g.Aggregate(0.0, (sum, n) => sum + n.D),
            M = g.Sum(n => n.M),
            F = g.Aggregate(0f, (sum, n) => sum + n.F),
            N = g.Sum(n => n.N),
        }));
    }

    [FsCheck.NUnit.Property]
    public bool Averages_are_those_of_linq(Number[] rows)
    {
        var query = from n in Rows.Of<Number>()
                    group n by 0 into g
                    select new { I = g.Average(n => n.I), D = g.Average(n => n.D), M = g.Average(n => n.M), N = g.Average(n => n.N), Most = g.Max(n => n.N), Least = g.Min(n => n.N) };
        return query.Over(rows).ToList().SequenceEqual(rows.GroupBy(n => 0).Select(g => new
        {
            I = g.Average(n => n.I),
            D = g.Aggregate(0.0, (sum, n) => sum + n.D) / g.Count(),
            M = g.Average(n => n.M),
            N = g.Average(n => n.N),
            Most = g.Max(n => n.N),
            Least = g.Min(n => n.N),
        }));
    }

    [FsCheck.NUnit.Property]
    public bool MinBy_MaxBy_First_and_Last_are_those_of_linq(Bid[] rows)
    {
        var query = from b in Rows.Of<Bid>()
                    group b by b.Auction % 2 into g
                    select new { Least = g.MinBy(b => b.Price % 3), Most = g.MaxBy(b => b.Price % 3), First = g.First(), Last = g.Last(), Top = g.OrderBy(b => b.Price % 3).Last() };
        var expected = from b in rows
                       group b by b.Auction % 2 into g
                       select new { Least = g.MinBy(b => b.Price % 3), Most = g.MaxBy(b => b.Price % 3), First = g.First(), Last = g.Last(), Top = g.OrderBy(b => b.Price % 3).Last() };
        return query.Over(rows).ToList().SequenceEqual(expected!);
    }

    [Test]
    public void Aggregates_of_elements_need_no_selector()
    {
        Assert.That(One((IGroupRows<int> g) => new { Sum = g.Sum(), Mean = g.Average(), Most = g.Max() }, int.MaxValue, int.MaxValue),
            Is.EqualTo(new { Sum = 2L * int.MaxValue, Mean = (double)int.MaxValue, Most = int.MaxValue }));
        Assert.That(One((IGroupRows<decimal> g) => new { Sum = g.Sum(), Mean = g.Average(), Least = g.Min() }, 0.1m, 0.2m), Is.EqualTo(new { Sum = 0.3m, Mean = 0.15m, Least = 0.1m }));
        Assert.That(One((IGroupRows<double> g) => new { Sum = g.Sum(), Mean = g.Average() }, 0.1, 0.2), Is.EqualTo(new { Sum = 0.1 + 0.2, Mean = (0.1 + 0.2) / 2 }));
    }

    [Test]
    public void The_average_of_integers_adds_them_exactly()
    {
        Assert.That(One((IGroupRows<long> g) => g.Average(), 6, long.MaxValue, long.MaxValue, -long.MaxValue, -long.MaxValue), Is.EqualTo(1.2));
    }

    [Test]
    public void Nulls_are_skipped()
    {
        var query = Rows.Of<string?>().GroupBy(name => 0).Select(g => new { All = g.Count(), Different = g.CountDistinct(n => n), Least = g.Min(), Most = g.Max(n => n), By = g.MinBy(n => n) });
        Assert.That(query.Over(Names).ToList(), Is.EqualTo(new[] { new { All = 4L, Different = 3L, Least = (string?)"B", Most = (string?)"b", By = (string?)"B" } }));
        Assert.That(One((IGroupRows<int?> g) => g.CountDistinct(n => n), null, 1, null, 1), Is.EqualTo(1));
    }

    [Test]
    public void Of_nothing_a_sum_is_0_and_what_can_be_null_is_null()
    {
        var query = from b in Rows.Of<Bid>()
                    group b by 0 into g
                    let none = g.Where(b => b.Price > 1000)
                    select new
                    {
                        Count = none.Count(),
                        Sum = none.Sum(b => b.Price),
                        Null = none.Sum(b => (int?)b.Price),
                        Most = none.Max(b => (int?)b.Price),
                        Mean = none.Average(b => (decimal?)b.Price),
                        Real = none.Average(b => (double?)b.Price),
                        First = none.First(),
                        Least = none.MinBy(b => b.Channel),
                        All = none.ToList().Count,
                    };
        Assert.That(query.Over([new Bid(1, 2, 3, "c")]).ToList(), Is.EqualTo(new[]
        {
            new { Count = 0L, Sum = 0L, Null = (int?)0, Most = (int?)null, Mean = (decimal?)null, Real = (double?)null, First = (Bid)null!, Least = (Bid)null!, All = 0 },
        }));
    }

    [Test]
    public void Of_nothing_a_value_that_cannot_be_null_is_refused()
    {
        Refused(g => g.Where(x => x > 9).Min());
        Refused(g => g.Where(x => x > 9).Max(x => x));
        Refused(g => g.Where(x => x > 9).First());
        Refused(g => g.Where(x => x > 9).Last());
        Refused(g => g.Where(x => x > 9).MaxBy(x => x));
        Refused(g => g.Where(x => x > 9).Average());
        Refused(g => g.Where(x => x > 9).Average(x => (decimal)x));

        static void Refused<R>(Expression<Func<IGroupRows<int>, R>> aggregate) => Assert.That(() => One(aggregate, 1), Throws.InvalidOperationException.With.Message.Contain("nullable selector"));
    }

    [Test]
    public void A_sum_that_does_not_fit_is_an_overflow()
    {
        Assert.That(() => One((IGroupRows<long> g) => g.Sum(), long.MaxValue, 1), Throws.TypeOf<OverflowException>());
        Assert.That(() => One((IGroupRows<short> g) => g.Sum(x => x), short.MaxValue, (short)1), Throws.TypeOf<OverflowException>());
        Assert.That(() => One((IGroupRows<int?> g) => g.Sum(x => x), int.MaxValue, 1), Throws.TypeOf<OverflowException>());
        Assert.That(() => One((IGroupRows<decimal> g) => g.Sum(x => x), decimal.MaxValue, 1), Throws.TypeOf<OverflowException>());
    }

    [Test]
    public void Strings_are_compared_ordinally_and_null_is_first()
    {
        var query = Rows.Of<string?>().GroupBy(name => 0).Select(g => string.Join(",", g.OrderBy(n => n).ToList()) + ";" + string.Join(",", g.OrderByDescending(n => n).ToList()));
        Assert.That(query.Over(Names).ToList(), Is.EqualTo([",B,a,b;b,a,B,"]));
    }

    [Test]
    public void A_custom_aggregate_gets_the_rows_in_order()
    {
        Assert.That(One((IGroupRows<int> g) => g.OrderByDescending(x => x).Aggregate(new Text()), 2, 3, 1), Is.EqualTo("(321)"));
    }

    [Test]
    public void A_group_keeps_its_type_where_a_base_type_is_asked_for()
    {
        Assert.That(One((IGroupRows<string> g) => GroupRows.ThenBy<object, int>(g.OrderBy(s => s.Length), o => o.ToString()![0]).First().ToString(), "zz", "b", "a"), Is.EqualTo("a"));
    }

    private static R One<E, R>(Expression<Func<IGroupRows<E>, R>> aggregate, params E[] rows)
    {
        var group = Expression.Parameter(typeof(IStreamGrouping<int, E>));
        var selector = Expression.Lambda<Func<IStreamGrouping<int, E>, R>>(new Replace(aggregate.Parameters[0], group).Visit(aggregate.Body)!, group);
        return Rows.Of<E>().GroupBy(x => 0).Select(selector).Over(rows).ToList().Single();
    }

    private sealed class Replace(Expression from, Expression to) : ExpressionVisitor
    {
        public override Expression? Visit(Expression? node) => node == from ? to : base.Visit(node);
    }

    private sealed class Text : IStreamAggregate<int, string, string>
    {
        public string Create() => "";

        public string Add(string accumulator, int input) => accumulator + input;

        public string Merge(string left, string right) => left + right;

        public string Result(string accumulator) => $"({accumulator})";
    }
}

/// <summary>One number of each type; small enough that sums fit.</summary>
public sealed record Number(int I, short Small, double D, float F, int? N)
{
    public long L => I * 3L;

    public decimal M => Small / 7m;
}
