using NUnit.Framework;
using StreamLinq.Sinks;

namespace StreamLinq.Tests.Sinks;

public class RowColumnsTests
{
    private abstract class Base
    {
        public int First { get; init; }

        public abstract string Kind { get; }
    }

    private sealed class Derived : Base
    {
        public readonly int Field = 7;

        public override string Kind => "derived";

        public int Second { get; init; }

        public string WriteOnly { set => _ = value; }

        public int this[int index] => index;

        public ReadOnlySpan<char> Span => Kind;

        private int Hidden => Field;
    }

    private sealed record Point(int X, int Y);

    private sealed record Nested(Point At, Point? None, (int, string) Pair, IReadOnlyDictionary<string, int> Map, Uri Link, byte[] Bytes);

    private sealed record Loop(List<object> Self);

    [Test]
    public void Members_come_in_their_order_those_of_the_base_first()
    {
        Assert.That(RowColumns<Derived>.Instance.Names, Is.EqualTo(new[] { "First", "Kind", "Second", "Field" }));
        Assert.That(Texts(new Derived { First = 1, Second = 2 }), Is.EqualTo(new[] { "1", "derived", "2", "7" }));
        Assert.That(Texts<Derived?>(null), Is.EqualTo(new[] { "null", "null", "null", "null" }));
    }

    [Test]
    public void Tuples_have_items_also_more_than_seven()
    {
        Assert.That(Names((1, 2, 3, 4, 5, 6, 7, 8, 9)), Is.EqualTo(Enumerable.Range(1, 9).Select(i => $"Item{i}")));
        Assert.That(Texts((1, 2, 3, 4, 5, 6, 7, 8, "x")), Is.EqualTo(new[] { "1", "2", "3", "4", "5", "6", "7", "8", "x" }));
        Assert.That(Names(Tuple.Create(1, 2)), Is.EqualTo(new[] { "Item1", "Item2" }));
    }

    [Test]
    public void Anonymous_types_and_pairs_have_columns_and_values_have_one()
    {
        Assert.That(Names(new { B = 1, A = 2 }), Is.EqualTo(new[] { "B", "A" }));
        Assert.That(Names(KeyValuePair.Create(1, 2)), Is.EqualTo(new[] { "Key", "Value" }));
        Assert.That(Names(new Window()), Is.EqualTo(new[] { "Start", "End", "Size", "LastInstant" }));
        foreach (var names in new[] { Names(1), Names("a"), Names((int?)1), Names(DayOfWeek.Friday), Names(Guid.Empty), Names(new[] { 1 }), Names(DateTimeOffset.MinValue), Names(new object()), Names(new Uri("http://a")) })
            Assert.That(names, Is.EqualTo(new[] { "value" }));
    }

    [Test]
    public void Values_inside_a_row_read_like_sparks()
    {
        Assert.That(Texts(new Nested(new(1, 2), null, (3, "a"), new Dictionary<string, int> { ["k"] = 1 }, new Uri("http://a/b"), [1, 0xAB])),
            Is.EqualTo(new[] { "{1, 2}", "null", "{3, a}", "[{k, 1}]", "http://a/b", "[01 AB]" }));
    }

    [Test]
    public void A_row_that_holds_itself_has_an_end()
    {
        var loop = new Loop([]);
        loop.Self.Add(loop);
        Assert.That(Texts(loop)[0], Does.Contain("..."));
    }

    private static IReadOnlyList<string> Names<T>(T row)
    {
        _ = row;
        return RowColumns<T>.Instance.Names;
    }

    private static string[] Texts<T>(T row) => [.. Enumerable.Range(0, RowColumns<T>.Instance.Names.Count).Select(i => RowColumns<T>.Instance.Text(row, i))];
}
