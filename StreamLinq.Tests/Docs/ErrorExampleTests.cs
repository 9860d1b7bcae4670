// The examples of docs/errors.md, line by line: a line that ends in a code gives that error and no other, every other line compiles.
using System.Text.RegularExpressions;
using NUnit.Framework;
using StreamLinq.Tests.Language;

namespace StreamLinq.Tests.Docs;

public sealed partial class ErrorExampleTests
{
    private const string Types = """
        using StreamLinq;
        sealed record Click(string User, string Page, int Amount, bool Failed, DateTimeOffset At, DateTime LocalTime);
        sealed record Order(long Id, string User, decimal Amount);
        sealed record Payment(long OrderId, decimal Amount);
        readonly record struct Point(long Id, int X);
        """;

    private const string Inputs = """
        IStreamQueryable<Click, AppendOnly> clicks, IStreamQueryable<Click, AppendOnly> web, IStreamQueryable<Click, AppendOnly> mobile, IStreamQueryable<Click, EventTime> timed,
        IStreamQueryable<Order, EventTime> orders, IStreamQueryable<Payment, EventTime> payments, IStreamQueryable<Point, EventTime> points, IStreamQueryable<Click, Table> counts,
        IStreamEngine engine, IStreamSinkFactory sink, TimeSpan minute, TimeSpan hour
        """;

    private sealed record Line(string Place, string Text, string Code);

    [GeneratedRegex("^(?<text>.*?)( *// *(?<code>SLQ[0-9]{4})?.*)?$")]
    private static partial Regex Example();

    private static readonly Line[] Lines =
    [
        .. from page in DocPage.All
           from block in page.Blocks
           where block.Purpose == "lines"
           from line in block.Text.Split('\n').Index()
           let match = Example().Match(line.Item)
           select new Line($"{page.Name}:{block.Line + 1 + line.Index}", match.Groups["text"].Value, match.Groups["code"].Value),
    ];

    private static readonly Lazy<ILookup<string, Microsoft.CodeAnalysis.Diagnostic>> Found = new(() =>
        TestCompiler.Errors(TestCompiler.Compile([("Types.cs", Types), .. Lines.Select((line, i) => (line.Place, Method(line, i)))])));

    private static IEnumerable<string> Places() => Lines.Select(l => l.Place);

    [TestCaseSource(nameof(Places))]
    public void A_line_compiles_or_gives_the_code_it_ends_with(string place)
    {
        var line = Array.Find(Lines, l => l.Place == place)!;
        Assert.That(Found.Value[place].Select(e => e.Id).Distinct(), line.Code.Length == 0 ? Is.Empty : Is.EqualTo((string[])[line.Code]), $"{line.Text}\n{string.Join('\n', Found.Value[place])}");
    }

    [Test]
    public void Nothing_is_wrong_around_the_lines() => Assert.That(Found.Value["Types.cs"], Is.Empty);

    private static string Method(Line line, int number) => $$"""
        using StreamLinq;
        static class Example{{number}}
        {
            static async Task M({{Inputs}})
            {
                await Task.Yield();
                {{(line.Text.EndsWith(';') ? line.Text : $"_ = {line.Text};")}}
            }
        }
        """;
}
