using System.Globalization;
using CsvHelper;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;
using static StreamLinq.Tests.Sinks.SinkRun;

namespace StreamLinq.Tests.Sinks;

public class CsvSinkTests
{
    public sealed record Row(string? A, string? B, int C);

    private TempFolder _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = new();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    private string Out => _folder["out.csv"];

    [Test]
    public void What_is_written_is_read_back_by_CsvHelper()
    {
        // Texts of the characters that matter, and all others now and then; a lone surrogate is not a character and cannot be in a file.
        var text = Gen.Elements<string>(",", "\"", "\r", "\n", "\r\n", " ", "a", "ä", "🚀", "'", ";", "\t", "\0", "=1").ListOf().Select(parts => (string?)string.Concat(parts));
        var field = Gen.Frequency((1, Gen.Constant<string?>(null)), (6, text));
        var rows = (from a in field from b in field from c in Gen.Choose(-5, 5) select new Row(a, b, c)).ListOf().ToArbitrary();
        Prop.ForAll(rows, written => RoundTripAsync([.. written])).Check(Config.QuickThrowOnFailure.WithMaxTest(60));
    }

    private static async Task RoundTripAsync(Row[] written)
    {
        using var folder = new TempFolder();
        await using (var writer = await StreamSink.Csv(folder["a.csv"]).Create<Row>().OpenAsync()) await writer.InsertAsync(0, written);
        if (written.Length == 0) return;
        using var csv = CsvReader.Create(await File.ReadAllBytesAsync(folder["a.csv"]), CsvReaderOptions.Default);
        var read = new List<Row>();
        while (csv.Read()) read.Add(new(csv.GetString(0), csv.GetString(1), csv.Parse<int>(2)));
        Assert.That(csv.Headers.ToArray(), Is.EqualTo(new[] { "A", "B", "C" }));
        Assert.That(read, Is.EqualTo(written.Select(r => new Row(r.A ?? "", r.B ?? "", r.C))));
    }

    [Test]
    public async Task The_header_comes_once_and_values_are_the_same_in_every_culture()
    {
        var before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo("de-DE");
        try
        {
            var sink = StreamSink.Csv(Out).Create<(string?, decimal, double, DateTimeOffset, bool, int[])>();
            await using (var writer = await sink.OpenAsync()) await writer.InsertAsync(0, (null, 1.50m, 0.1, new DateTimeOffset(2024, 2, 3, 4, 5, 6, 7, TimeSpan.Zero), true, [1, 2]));
            await using (var writer = await sink.OpenAsync(last: 0)) await writer.InsertAsync(1, ("", -1m, double.NaN, default, false, []));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
        Assert.That(await File.ReadAllTextAsync(Out), Is.EqualTo("""
            Item1,Item2,Item3,Item4,Item5,Item6
            ,1.50,0.1,2024-02-03T04:05:06.007+00:00,true,"[1, 2]"
            "",-1,NaN,0001-01-01T00:00:00+00:00,false,[]

            """.ReplaceLineEndings("\n")));
    }

    [Test]
    public async Task A_line_is_never_empty()
    {
        await using (var writer = await StreamSink.Csv(Out).Create<string?>().OpenAsync()) await writer.InsertAsync(0, null, "", "a");
        Assert.That(await File.ReadAllLinesAsync(Out), Is.EqualTo(new[] { "value", "\"\"", "\"\"", "a" }));
    }

    [Test]
    public async Task Changes_have_two_more_columns()
    {
        await using (var writer = await StreamSink.Csv(Out).Create<int>().OpenAsync(OutputMode.Changelog)) await writer.EpochAsync(4, [Delete(1), Insert(2)]);
        Assert.That(await File.ReadAllLinesAsync(Out), Is.EqualTo(new[] { "value,epoch,change", "1,4,delete", "2,4,insert" }));
    }

    [Test]
    public async Task A_file_with_other_columns_is_refused()
    {
        await File.WriteAllTextAsync(Out, "A,B\n1,2\n");
        await using var writer = await StreamSink.Csv(Out).Create<Row>().OpenAsync();
        var error = Assert.ThrowsAsync<StreamLinqException>(() => writer.InsertAsync(0, new Row("a", "b", 1)))!;
        Assert.That(error.Message, Is.EqualTo($"SLQ2034: {Out} begins with other columns than the rows of this query have. Write to another file, or move this one away."));
    }

    [Test]
    public async Task A_file_with_the_same_columns_is_continued()
    {
        await File.WriteAllTextAsync(Out, "A,B,C\nx,y,1");
        await using (var writer = await StreamSink.Csv(Out).Create<Row>().OpenAsync()) await writer.InsertAsync(0, new Row("a", null, 2));
        Assert.That(await File.ReadAllTextAsync(Out), Is.EqualTo("A,B,C\nx,y,1\na,,2\n"));
    }
}
