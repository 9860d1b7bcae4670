// JSON lines and CSV: what a line becomes, and what is said about one that becomes nothing.
using System.Globalization;
using NUnit.Framework;

namespace StreamLinq.Tests.Sources;

public sealed class StructuredFileTests
{
    private TempFolder _folder = null!;

    [SetUp]
    public void SetUp() => _folder = new TempFolder();

    [TearDown]
    public void TearDown() => _folder.Dispose();

    public sealed record Order(long Id, string Customer, decimal Amount, DateTimeOffset At, Size? Size = null);

    public enum Size { Small, Large }

    public sealed class Plain
    {
        public int A { get; set; }

        public double? B { get; init; }
    }

    [Test]
    public async Task Json_names_match_in_any_case_and_blank_lines_are_passed_over()
    {
        var rows = await JsonAsync("""{"id":1,"CUSTOMER":"a\nb","amount":1.5,"at":"2026-01-01T00:00:00Z"}""" + "\n  \n" + """{"Id":2,"Customer":"é","Amount":2,"At":"2026-01-01T00:00:00Z","Size":1}""");
        Assert.That(rows, Is.EqualTo(new[] { new Order(1, "a\nb", 1.5m, Time), new Order(2, "é", 2, Time, Size.Large) }));
    }

    [TestCase("{\"id\":", "the line is not a Order: ")]
    [TestCase("{\"id\":1}", "the line is not a Order: JSON deserialization for type 'StreamLinq.Tests.Sources.StructuredFileTests+Order' was missing required properties")]
    [TestCase("{\"id\":1,\"customer\":null,\"amount\":1,\"at\":\"2026-01-01\"}", "the line is not a Order: ")]
    [TestCase("null", "the line is null")]
    [TestCase("{} {}", "the line is not a Order: ")]
    public async Task A_json_line_that_is_no_row_is_named(string line, string reason)
    {
        var path = _folder.Write("a.jsonl", "\n" + line + "\n");
        await using var reading = await Reading<Order>.OpenAsync(Sources.Of(StreamSource.JsonLines<Order>(path)));
        var error = await Sources.ErrorAsync(() => reading.EpochAsync());
        Assert.That(error.Message, Does.StartWith($"SLQ2014: {path}, line 2: {reason}"));
        Assert.That(error.Message, Does.Contain("It begins with: \"" + line.Replace("\"", "\\\"", StringComparison.Ordinal)[..4]));
    }

    [Test]
    public async Task Csv_matches_the_header_and_reads_quotes()
    {
        var rows = await CsvAsync<Order>("at, customer,ID,amount,size\n2026-01-01,\"a \"\"b\"\", c\r\nd\",1,1.5,large\r\n\r2026-01-01T01:00+01:00,,2,-2,\n");
        Assert.That(rows, Is.EqualTo(new[] { new Order(1, "a \"b\", c\r\nd", 1.5m, Time, Size.Large), new Order(2, "", -2, Time) }));
    }

    [Test]
    public async Task Csv_follows_the_culture_and_the_delimiter_and_the_place()
    {
        var options = new CsvOptions { HasHeader = false, Delimiter = ';', Culture = CultureInfo.GetCultureInfo("de-DE") };
        var rows = await CsvAsync<Plain>("1;2,5\n-3;", options);
        Assert.That(rows.Select(r => (r.A, r.B)), Is.EqualTo(new (int, double?)[] { (1, 2.5), (-3, null) }));
    }

    [TestCase("1,2,3", "the line has 3 fields instead of 2")]
    [TestCase("1", "the line has 1 fields instead of 2")]
    [TestCase("x,2", "\"x\" is no Int32 for A")]
    [TestCase("1,\"1,000\"", "\"1,000\" is no Double for B")]
    [TestCase("99999999999,1", "\"99999999999\" is no Int32 for A")]
    [TestCase("1,\"2", "a quote is not closed")]
    [TestCase("1,\"2\"3", "there is text after a closing quote")]
    [TestCase("1,2\"3", "there is a quote within a field that is not quoted")]
    public async Task A_csv_line_that_is_no_row_is_skipped_alone(string line, string reason)
    {
        var rejects = new List<RejectedLine>();
        var options = new CsvOptions { OnBadLine = BadLinePolicy.SkipAndCount, Rejects = (r, _) => { rejects.Add(r); return default; } };
        var rows = await CsvAsync<Plain>("a,b\n0,0\n" + line + "\n4,5\n", options);
        Assert.That(rows.Select(r => r.A), Is.EqualTo(new[] { 0, 4 }));
        Assert.That(rejects.Select(r => (r.Number, r.Reason)), Is.EqualTo(new[] { (3L, reason) }));
    }

    [Test]
    public async Task A_header_that_lacks_a_member_is_named()
    {
        var path = _folder.Write("a.csv", "a;b\n1;2\n");
        await using var reading = await Reading<Plain>.OpenAsync(Sources.Of(StreamSource.Csv<Plain>(path)));
        Assert.That((await Sources.ErrorAsync(() => reading.EpochAsync())).Message, Is.EqualTo(
            $"SLQ2015: {path}: the CSV header does not fit the row type: there is no column 'A' for Plain; the header is \"a;b\". Name the columns like the members, or set HasHeader to false to match by place."));
    }

    [Test]
    public void A_type_that_no_text_can_become_is_refused_at_once() =>
        Assert.That(() => StreamSource.Csv<Tuple<object>>("x"), Throws.ArgumentException.With.Message.Contains("there is no way to make a System.Object for 'item1' of text"));

    [Test]
    public async Task A_followed_csv_waits_for_the_end_of_its_header_and_of_its_quotes()
    {
        var path = _folder.Write("a.csv", "a,");
        await using var reading = await Reading<Plain>.OpenAsync(Sources.Of(StreamSource.Csv<Plain>(path, new CsvOptions { Follow = true })));
        Assert.That(await reading.EpochAsync(), Is.Empty);
        File.AppendAllText(path, "b\n1,\"");
        Assert.That(await reading.EpochAsync(), Is.Empty);
        File.AppendAllText(path, "2\"\n3");
        Assert.That((await reading.EpochAsync()).Single().B, Is.EqualTo(2));
        await reading.Reader.FixEndAsync(CancellationToken.None);
        File.AppendAllText(path, ",4\n");
        Assert.That((await Sources.ErrorAsync(() => reading.EpochAsync())).Code, Is.EqualTo("SLQ2014"));
    }

    private static readonly DateTimeOffset Time = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private async Task<List<Order>> JsonAsync(string text)
    {
        await using var reading = await Reading<Order>.OpenAsync(Sources.Of(StreamSource.JsonLines<Order>(_folder.Write("a.jsonl", text))));
        return await reading.TakeAsync();
    }

    private async Task<List<T>> CsvAsync<T>(string text, CsvOptions? options = null)
    {
        await using var reading = await Reading<T>.OpenAsync(Sources.Of(StreamSource.Csv<T>(_folder.Write("a.csv", text), options)));
        return await reading.TakeAsync();
    }
}
