using NUnit.Framework;
using static StreamLinq.Tests.Sinks.SinkRun;

namespace StreamLinq.Tests.Sinks;

public class ConsoleSinkTests
{
    [Test]
    public async Task Prints_an_epoch_as_spark_does()
    {
        Assert.That(await PrintAsync(new ConsoleSinkOptions(), null, [
            Insert(new { Word = "streaming", Count = 2L, At = (DateTimeOffset?)new DateTimeOffset(2024, 2, 3, 4, 5, 6, TimeSpan.Zero), Price = 1.50m }),
            Insert(new { Word = "a text that is longer than twenty", Count = 1L, At = (DateTimeOffset?)null, Price = -3m }),
        ]), Is.EqualTo("""
            -------------------------------------------
            Batch: 7
            -------------------------------------------
            +--------------------+-----+--------------------+-----+
            |                Word|Count|                  At|Price|
            +--------------------+-----+--------------------+-----+
            |           streaming|    2|2024-02-03T04:05:...| 1.50|
            |a text that is lo...|    1|                null|   -3|
            +--------------------+-----+--------------------+-----+


            """.ReplaceLineEndings("\n")));
    }

    [Test]
    public async Task Rows_that_are_not_shown_are_told()
    {
        Assert.That(await PrintAsync(new ConsoleSinkOptions { Rows = 2 }, null, [Insert(1), Insert(22), Insert(3)]), Is.EqualTo("""
            -------------------------------------------
            Batch: 7
            -------------------------------------------
            +-----+
            |value|
            +-----+
            |    1|
            |   22|
            +-----+
            only showing top 2 rows


            """.ReplaceLineEndings("\n")));
    }

    [Test]
    public async Task Wide_and_control_characters_keep_the_table_straight()
    {
        Assert.That(await PrintAsync(new ConsoleSinkOptions(), null, [
            Insert((1, "東京")), Insert((2, "👩‍🚀 ok")), Insert((3, "e\u0301te\u0301")), Insert((4, "a\nb\u001b[2J")), Insert((5, "\u202Eabc")), Insert((6, "❤️ \ud800")),
            Insert((7, "一二三四五六七八九十一二三四五六七八九十一")),
        ]), Is.EqualTo("""
            -------------------------------------------
            Batch: 7
            -------------------------------------------
            +-----+-------------------------------------+
            |Item1|                                Item2|
            +-----+-------------------------------------+
            |    1|                                 東京|
            |    2|                                👩‍🚀 ok|
            |    3|                                  été|
            |    4|                        a\nb\u001B[2J|
            |    5|                            \u202Eabc|
            |    6|                            ❤️ \uD800|
            |    7|一二三四五六七八九十一二三四五六七...|
            +-----+-------------------------------------+


            """.ReplaceLineEndings("\n").Replace("été", "e\u0301te\u0301", StringComparison.Ordinal)));
    }

    [Test]
    public async Task Without_truncation_cells_stand_left()
    {
        Assert.That(await PrintAsync(new ConsoleSinkOptions { Truncate = 0 }, null, [Insert(new KeyValuePair<string, int>("a text that is longer than twenty", 1))]), Does.Contain("""
            +---------------------------------+-----+
            |Key                              |Value|
            +---------------------------------+-----+
            |a text that is longer than twenty|1    |
            +---------------------------------+-----+

            """.ReplaceLineEndings("\n")));
    }

    [Test]
    public async Task The_kind_of_change_is_shown_where_it_matters()
    {
        Assert.That(await PrintAsync(new ConsoleSinkOptions(), OutputMode.Update, [Upsert(1)]), Does.Not.Contain("change"));
        Assert.That(await PrintAsync(new ConsoleSinkOptions(), OutputMode.Changelog, [Insert(1)]), Does.Contain("|insert|    1|"));
        Assert.That(await PrintAsync(new ConsoleSinkOptions { Rows = 1 }, OutputMode.Update, [Upsert(1), Delete(2)]), Does.Contain("""
            +------+-----+
            |change|value|
            +------+-----+
            |upsert|    1|
            +------+-----+
            only showing top 1 row

            """.ReplaceLineEndings("\n")));
    }

    [Test]
    public async Task An_epoch_without_rows_prints_nothing_and_an_empty_table_its_header()
    {
        var output = new StringWriter();
        var sink = StreamSink.Console(new ConsoleSinkOptions { Output = output }).Create<int>();
        await using var writer = await sink.OpenAsync(OutputMode.Complete);
        await writer.FlushAsync(0, default);
        await writer.CommitAsync(0, default);
        Assert.That(output.ToString(), Is.Empty);
        await writer.TableAsync(1);
        Assert.That(output.ToString(), Does.EndWith("+-----+\n|value|\n+-----+\n+-----+\n\n"));
    }

    [Test]
    public void Limits_are_not_negative()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => StreamSink.Console(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => _ = new ConsoleSinkOptions { Truncate = -1 });
    }

    private static async Task<string> PrintAsync<T>(ConsoleSinkOptions options, OutputMode? mode, Change<T>[] changes)
    {
        var output = new StringWriter();
        await using var writer = await StreamSink.Console(options with { Output = output }).Create<T>().OpenAsync(mode);
        await writer.EpochAsync(7, changes);
        return output.ToString();
    }
}
