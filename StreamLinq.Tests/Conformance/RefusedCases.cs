// Cases that another engine refuses when the query starts and that do not compile here. What the compiler says is pinned by the tests of the language; here it must say no.
using Microsoft.CodeAnalysis;
using NUnit.Framework;
using StreamLinq.Tests.Language;

namespace StreamLinq.Tests.Conformance;

public sealed class RefusedCases
{
    // id, the codes the compiler gives, the query in C#
    private static readonly (string Id, string Codes, string Statement)[] Refused =
    [
        ("spark/StreamingAggregation/simple-count-append-rejected", "SLQ0009",
            "var q = (from c in stream group c by c.User into g select new { g.Key, N = g.Count() }).WriteTo(files, OutputMode.Append);"),
        ("spark/UnsupportedOperations/sort-before-agg", "SLQ0001", "var q = from c in stream orderby c.Amount group c by 0 into all select all.Count();"),
        ("spark/UnsupportedOperations/row-window-function", "CS0411", "var q = stream.Select((c, row) => row);"),
        ("spark/UnsupportedOperations/union-stream-batch", "CS1503", "var q = stream.Merge(new List<Click>());"),
        ("spark/UnsupportedOperations/except-stream-stream", "CS0411", "var q = stream.Except(stream);"),
        ("spark/UnsupportedOperations/intersect-stream-stream", "CS0411", "var q = stream.Intersect(stream);"),
        ("spark/UnsupportedOperations/join-update-mode", "SLQ0009",
            "var q = (from c in timed join o in orders.Within(Minute, Minute) on c.User equals o.User select o).WriteTo(files, OutputMode.Update);"),
        ("spark/UnsupportedOperations/left-outer-range-wrong-direction", "SLQ0003", "var q = timed.LeftJoin(orders, c => 0, o => 0, (c, o) => c.User, on: (c, o) => c.Amount < o.Id + 10);"),
        ("spark/UnsupportedOperations/right-outer-no-watermark", "SLQ0003", "var q = stream.RightJoin(orders, c => c.User, o => o.User, (c, o) => o.Id);"),
        ("spark/UnsupportedOperations/full-outer-range-wrong-direction", "SLQ0003", "var q = timed.FullJoin(orders, c => 0, o => 0, (c, o) => 1, on: (c, o) => c.Amount < o.Id + 10);"),
        ("spark/UnsupportedOperations/left-outer-batch-stream", "CS0411", "var q = new List<Click>().LeftJoin(orders, c => c.User, o => o.User, (c, o) => c.User);"),
        ("spark/UnsupportedOperations/left-anti-stream-stream", "SLQ0003", "var q = timed.AntiJoin(orders, c => c.User, o => o.User);"),
        ("spark/FlatMapGroupsWithState/complete-mode-rejected", "SLQ0009",
            "StatefulProcessor<string, Click, Click> state = null!; var q = stream.Process(c => c.User, () => state).WriteTo(files, OutputMode.Complete);"),
        ("spark/EventTimeWatermark/watermark-bad-column", "CS1061", "var q = stream.WithEventTime(c => c.BadColumn, Minute);"),
        ("spark/EventTimeWatermark/watermark-wrong-type", "CS0029 CS1662", "var q = stream.WithEventTime(c => c.Amount, Minute);"),
        ("spark/DataFrameTimeWindowing/two-windows-rejected", "SLQ0002",
            "var q = timed.Window(Windowing.Tumbling(TimeSpan.FromSeconds(10))).Window(Windowing.Tumbling(TimeSpan.FromSeconds(15)));"),
    ];

    private static readonly Lazy<ILookup<string, Diagnostic>> Errors = new(() =>
        TestCompiler.Errors(TestCompiler.Compile(Refused.Select(r => (r.Id, new Mistake(ClassName(r.Id), r.Statement, r.Codes, "").Source)).Append(("Prelude", Mistake.Prelude)))));

    internal static IEnumerable<string> Ids => Refused.Select(r => r.Id);

    [TestCaseSource(nameof(Ids))]
    public void Does_not_compile(string id)
    {
        var expected = ConformanceCase.Of(id).Steps.Single().GetProperty("expectError").GetString();
        var (_, codes, statement) = Refused.Single(r => r.Id == id);
        var errors = Errors.Value[id].ToList();
        TestContext.Out.WriteLine($"{statement}\n{string.Join("\n", errors.Select(e => e.GetMessage(null)))}\nthe other engine: {expected}");
        Assert.That(string.Join(' ', errors.Select(e => e.Id).Distinct().Order()), Is.EqualTo(codes), string.Join("\n", errors));
    }

    private static string ClassName(string id) => string.Concat(id.Where(char.IsLetterOrDigit));
}
