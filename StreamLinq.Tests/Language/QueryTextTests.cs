// A query shows what it is: kind, columns and types in C# words.
using System.Diagnostics;
using System.Linq.Expressions;
using System.Reflection;
using NUnit.Framework;

namespace StreamLinq.Tests.Language;

public sealed class QueryTextTests
{
    private sealed record Click(string User, int Amount, DateTimeOffset At);

    private sealed record Node(string Name, Node? Parent, List<Node> Children, Dictionary<string, int?[]> Tags);

    private sealed record Wide(int A, int B, int C, int D, int E, int F, int G, int H, int I, int J, int K, int L, int M, int N);

    private static readonly IStreamQueryable<Click, EventTime> Clicks = Of<Click, EventTime>();

    [Test]
    public void A_table_shows_its_columns() =>
        Assert.That((from c in Clicks group c by c.User into g select new { Word = g.Key, Count = g.Count() }).ToString(), Is.EqualTo("Table of { Word: string, Count: long }"));

    [Test]
    public void A_stream_of_a_record_shows_its_name_and_columns() =>
        Assert.That(Of<Click, AppendOnly>().ToString(), Is.EqualTo("stream of Click { User: string, Amount: int, At: DateTimeOffset }"));

    [Test]
    public void A_stream_of_words_is_a_stream_of_string() => Assert.That(Of<string, AppendOnly>().ToString(), Is.EqualTo("stream of string"));

    [Test]
    public void The_kind_is_named() =>
        Assert.Multiple(() =>
        {
            var window = Clicks.Select(c => c.Amount).Window(Windowing.Session(TimeSpan.FromSeconds(1)));
            Assert.That(window.ToString(), Is.EqualTo("Windowed stream of int"));
            Assert.That(window.EmitOnUpdate().ToString(), Is.EqualTo("UpdatingWindowed stream of int"));
            Assert.That(Clicks.Unbounded().ToString(), Does.StartWith("Table of Click {"));
            Assert.That(Clicks.LatestBy(c => c.User).OrderBy(c => c.Amount).ToString(), Does.StartWith("OrderedTable of Click {"));
        });

    [Test]
    public void Groups_say_of_what_and_by_what() =>
        Assert.Multiple(() =>
        {
            Assert.That(Clicks.GroupBy(c => c.User).ToString(), Is.EqualTo("Table of groups of Click by string"));
            Assert.That(Clicks.GroupBy(c => new { c.User, c.At.Year }, c => c.Amount).ToString(), Is.EqualTo("Table of groups of int by { User: string, Year: int }"));
            Assert.That(Clicks.Window(Windowing.Tumbling(TimeSpan.FromDays(1))).GroupBy(c => c.User).ToString(), Is.EqualTo("EventTime stream of groups of Click by string and window"));
        });

    [TestCase(typeof(int?), "int?")]
    [TestCase(typeof(Dictionary<string, List<long?>>), "Dictionary<string, List<long?>>")]
    [TestCase(typeof((int, string)), "(int, string)")]
    [TestCase(typeof(int[][]), "int[][]")]
    [TestCase(typeof(decimal[,]), "decimal[,]")]
    [TestCase(typeof(DayOfWeek?), "DayOfWeek?")]
    [TestCase(typeof(Window), "Window { Start: DateTimeOffset, End: DateTimeOffset, Size: TimeSpan, LastInstant: DateTimeOffset }")]
    [TestCase(typeof(Change<string>), "Change<string> { Kind: ChangeKind, Row: string }")]
    public void Types_are_written_as_in_csharp(Type type, string text) => Assert.That(RowTypeText.Row(type), Is.EqualTo(text));

    [Test]
    public void A_type_that_holds_itself_is_named_once() =>
        Assert.That(Of<Node, AppendOnly>().ToString(), Is.EqualTo("stream of Node { Name: string, Parent: Node, Children: List<Node>, Tags: Dictionary<string, int?[]> }"));

    [Test]
    public void Many_columns_are_cut() => Assert.That(Of<Wide, AppendOnly>().ToString(), Does.EndWith("K: int, L: int, … }"));

    [Test]
    public void What_let_carries_along_is_shown_flat() =>
        Assert.That((from c in Clicks let n = c.Amount + 1 let m = n * 2L where n > 1 select c).Expression.Carried(), Is.EqualTo("{ c: Click, n: int, m: long }"));

    [Test]
    public void Nested_results_are_readable() =>
        Assert.That(Clicks.Select(c => new { Inner = new { c.User, Key = new { c.At } }, List = new[] { c.Amount } }).ToString(), Is.EqualTo("EventTime stream of { Inner: { User: string, Key: { At: DateTimeOffset } }, List: int[] }"));

    [Test]
    public void The_debugger_shows_the_same() =>
        Assert.That(Clicks.GetType().GetCustomAttribute<DebuggerDisplayAttribute>()?.Value, Is.EqualTo("{ToString(),nq}"));

    private static StreamQuery<T, K> Of<T, K>() where K : QueryKind => new(Expression.Constant(null, typeof(IStreamQueryable<T, K>)));
}

internal static class Carrying
{
    /// <summary>The rows of the query that the last operator works on, in words.</summary>
    internal static string Carried(this Expression query) => RowTypeText.Row(((MethodCallExpression)((MethodCallExpression)query).Arguments[0]).Type.GetGenericArguments()[0]);
}
