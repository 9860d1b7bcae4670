using NUnit.Framework;
using static StreamLinq.Tests.Sinks.SinkRun;

namespace StreamLinq.Tests.Sinks;

public class FileSinkTests
{
    private TempFolder _folder = null!;

    private sealed record WordCount(string Word, long Count);

    private sealed record Epochal(string Word, long Epoch);

    private sealed record Unwritable(Type Type);

    [SetUp]
    public void MakeFolder() => _folder = new();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    private string Out => _folder["out.jsonl"];

    [Test]
    public async Task A_stream_of_anonymous_rows_is_one_object_per_line()
    {
        var (row, other) = (new { Word = "grün \"x\"\n", Price = 1.50m, At = new DateTimeOffset(2024, 2, 3, 4, 5, 6, TimeSpan.FromHours(1)), None = (string?)null, Rate = double.NaN },
            new { Word = "", Price = 0m, At = default(DateTimeOffset), None = (string?)"a", Rate = 0.1 });
        await using (var writer = await Open(StreamSink.JsonLines(Out), row)) await writer.InsertAsync(0, row, other);
        Assert.That(await File.ReadAllTextAsync(Out), Is.EqualTo("""
            {"word":"grün \"x\"\n","price":1.50,"at":"2024-02-03T04:05:06+01:00","none":null,"rate":"NaN"}
            {"word":"","price":0,"at":"0001-01-01T00:00:00+00:00","none":"a","rate":0.1}

            """.ReplaceLineEndings("\n")));
    }

    [Test]
    public async Task Values_and_tuples_become_objects_too()
    {
        await using (var writer = await StreamSink.JsonLines(Out).Create<int?>().OpenAsync()) await writer.InsertAsync(0, 1, null);
        await using (var writer = await StreamSink.JsonLines(Out, new JsonLinesSinkOptions { IncludeEpoch = true }).Create<(int, string)>().OpenAsync(query: Guid.NewGuid())) await writer.InsertAsync(3, (1, "a"));
        Assert.That(await File.ReadAllLinesAsync(Out), Is.EqualTo(new[] { """{"value":1}""", """{"value":null}""", """{"item1":1,"item2":"a","epoch":3}""" }));
    }

    [Test]
    public async Task Update_tells_the_epoch_and_what_left()
    {
        await using (var writer = await StreamSink.JsonLines(Out).Create<WordCount>().OpenAsync(OutputMode.Update))
        {
            await writer.EpochAsync(0, [Upsert(new WordCount("a", 1))]);
            await writer.EpochAsync(2, [Upsert(new WordCount("a", 2)), Delete(new WordCount("b", 1))]);
        }
        Assert.That(await File.ReadAllLinesAsync(Out), Is.EqualTo(new[] { """{"word":"a","count":1,"epoch":0}""", """{"word":"a","count":2,"epoch":2}""", """{"word":"b","count":1,"epoch":2,"change":"delete"}""" }));
    }

    [Test]
    public async Task A_changelog_tells_inserts_from_deletes()
    {
        await using (var writer = await StreamSink.JsonLines(Out).Create<WordCount>().OpenAsync(OutputMode.Changelog)) await writer.EpochAsync(1, [Delete(new WordCount("a", 1)), Insert(new WordCount("a", 2))]);
        Assert.That(await File.ReadAllLinesAsync(Out), Is.EqualTo(new[] { """{"word":"a","count":1,"epoch":1,"change":"delete"}""", """{"word":"a","count":2,"epoch":1,"change":"insert"}""" }));
    }

    [Test]
    public async Task A_complete_table_replaces_the_file_and_a_crash_leaves_the_one_before()
    {
        var sink = StreamSink.JsonLines(Out).Create<WordCount>();
        Assert.That(sink.Features.HasFlag(SinkFeatures.Replaces));
        await using (var writer = await sink.OpenAsync(OutputMode.Complete))
        {
            await writer.TableAsync(0, new WordCount("a", 1), new WordCount("b", 1));
            await writer.EpochAsync(1, [Insert(new WordCount("a", 2))], replaces: true, Stop.BeforeFlush);
        }
        Assert.That(await File.ReadAllLinesAsync(Out), Is.EqualTo(new[] { """{"word":"a","count":1}""", """{"word":"b","count":1}""" }));
        await using (var writer = await sink.OpenAsync(OutputMode.Complete, last: 0))
        {
            await writer.TableAsync(1, new WordCount("a", 2));
            await writer.TableAsync(1, new WordCount("a", 2));
            Assert.That(await File.ReadAllLinesAsync(Out), Is.EqualTo(new[] { """{"word":"a","count":2}""" }));
            await writer.TableAsync(2);
        }
        Assert.That(await File.ReadAllTextAsync(Out), Is.Empty);
        Assert.That(Directory.GetFiles(_folder.Path), Is.EqualTo(new[] { Out }));
    }

    [Test]
    public async Task Text_is_one_line_per_string_in_a_file_or_a_folder()
    {
        await using (var writer = await StreamSink.Text(_folder["a.log"]).OpenAsync()) await writer.InsertAsync(0, "äöü", "", null!);
        await using (var writer = await StreamSink.Text(_folder.Path + "/").OpenAsync()) await writer.InsertAsync(0, "x");
        Assert.That(await File.ReadAllTextAsync(_folder["a.log"]), Is.EqualTo("äöü\n\n\n"));
        Assert.That(await File.ReadAllTextAsync(_folder["rows-00000001.txt"]), Is.EqualTo("x\n"));
        Assert.That(StreamSink.Text(_folder["a.log"]).Features, Is.EqualTo(SinkFeatures.Replaces | SinkFeatures.IdempotentByEpoch));
    }

    [Test]
    public async Task A_new_query_appends_after_what_is_there()
    {
        await File.WriteAllTextAsync(Out, "no end of line");
        await using (var writer = await StreamSink.Text(Out).OpenAsync()) await writer.EpochAsync(0, [Insert("a")], stop: Stop.BeforeCommit);
        await using (var writer = await StreamSink.Text(Out).OpenAsync()) await writer.InsertAsync(0, "a");
        await using (var writer = await StreamSink.Text(Out).OpenAsync(query: Guid.NewGuid())) await writer.InsertAsync(0, "b");
        Assert.That(await File.ReadAllTextAsync(Out), Is.EqualTo("no end of line\na\nb\n"));
    }

    [Test]
    public async Task What_follows_the_last_committed_epoch_is_cut_off()
    {
        await using (var writer = await StreamSink.Text(Out).OpenAsync()) await writer.InsertAsync(0, "a");
        await File.AppendAllTextAsync(Out, "torn li");
        await using (var writer = await StreamSink.Text(Out).OpenAsync(last: 4)) await writer.InsertAsync(5, "b");
        Assert.That(await File.ReadAllTextAsync(Out), Is.EqualTo("a\nb\n"));
    }

    [Test]
    public async Task An_epoch_already_committed_is_not_written_again()
    {
        await using (var writer = await StreamSink.Text(Out).OpenAsync()) await writer.InsertAsync(0, "a");
        await using (var writer = await StreamSink.Text(Out).OpenAsync(last: 0))
        {
            await writer.InsertAsync(0, "a");
            await writer.InsertAsync(1, "b");
            await writer.InsertAsync(1, "b");
        }
        Assert.That(await File.ReadAllTextAsync(Out), Is.EqualTo("a\nb\n"));
    }

    [Test]
    public async Task Writers_of_several_partitions_share_the_file()
    {
        var sink = StreamSink.Text(Out);
        var expected = new List<string>();
        long? last = null;
        for (var attempt = 0; attempt < 6; attempt++)
        {
            var run = Guid.NewGuid();
            await using var first = await sink.OpenAsync(Context(last: last, partition: 0, partitions: 2, run: run), default);
            await using var second = await sink.OpenAsync(Context(last: last, partition: 1, partitions: 2, run: run), default);
            var epoch = (last ?? -1) + 1;
            string[] rows = [$"a{epoch}", $"b{epoch}"];
            await first.EpochAsync(epoch, [Insert(rows[0])], stop: Stop.BeforeCommit);
            // Every other time one of the two does not come to its flush.
            await second.EpochAsync(epoch, [Insert(rows[1])], stop: attempt % 2 == 0 ? Stop.BeforeFlush : Stop.BeforeCommit);
            if (attempt % 2 == 0) continue;
            last = epoch;
            expected.AddRange(rows);
        }
        Assert.That(await File.ReadAllLinesAsync(Out), Is.EqualTo(expected));
    }

    [Test]
    public async Task A_table_in_several_partitions_is_put_together()
    {
        var (sink, run) = (StreamSink.Csv(Out).Create<int>(), Guid.NewGuid());
        await using var first = await sink.OpenAsync(Context(OutputMode.Complete, partition: 0, partitions: 2, run: run), default);
        await using var second = await sink.OpenAsync(Context(OutputMode.Complete, partition: 1, partitions: 2, run: run), default);
        await second.TableAsync(0, 2);
        await first.TableAsync(0, 1);
        await second.TableAsync(1, 3);
        Assert.That(await File.ReadAllLinesAsync(Out), Is.EqualTo(new[] { "value", "1", "3" }));
    }

    [Test]
    public async Task A_file_of_another_query_is_refused()
    {
        await using (var writer = await StreamSink.Text(Out).OpenAsync(query: Guid.Empty)) await writer.InsertAsync(0, "a");
        await RefusesAsync("SLQ2030", $"{Out} is written by the query {Guid.Empty} (it says so in {Out}.epochs), and this is the query {Query}, which has written elsewhere up to epoch 3. Give every query a file of its own.", last: 3);
        Assert.That(await File.ReadAllTextAsync(Out), Is.EqualTo("a\n"));
    }

    [Test]
    public async Task A_file_without_its_list_of_epochs_is_refused_unless_nothing_is_there()
    {
        await using (var writer = await StreamSink.Text(Out).OpenAsync(last: 3)) await writer.InsertAsync(4, "a");
        File.Delete(Out + ".epochs");
        await RefusesAsync("SLQ2031", $"{Out} holds rows, but the list of its epochs {Out}.epochs is missing, so nobody knows which of them the query has committed (its last epoch is 4). Bring the list back, or write to another place.", last: 4);
    }

    [Test]
    public async Task A_folder_without_its_list_of_epochs_is_refused()
    {
        await using (var writer = await StreamSink.Csv(_folder.Path, "Word").Create<WordCount>().OpenAsync()) await writer.InsertAsync(0, new WordCount("a", 1));
        File.Delete(_folder["_epochs"]);
        var error = Assert.ThrowsAsync<StreamLinqException>(async () => await StreamSink.Csv(_folder.Path, "Word").Create<WordCount>().OpenAsync(last: 0))!;
        Assert.That(error.Code, Is.EqualTo("SLQ2031"));
    }

    [Test]
    public async Task A_file_that_was_cut_is_refused()
    {
        await using (var writer = await StreamSink.Text(Out).OpenAsync()) await writer.InsertAsync(0, "abc");
        await File.WriteAllTextAsync(Out, "ab");
        await RefusesAsync("SLQ2032", $"{Out} has 2 bytes, but committed epochs reach to 4: somebody has cut or replaced it, and rows are missing. Restore it, or write to another place.", last: 0);
        File.Delete(Out);
        await RefusesAsync("SLQ2032", $"{Out} has 0 bytes, but committed epochs reach to 4: somebody has cut or replaced it, and rows are missing. Restore it, or write to another place.", last: 0);
    }

    [Test]
    public async Task A_file_that_somebody_else_writes_fails_the_query()
    {
        await using var writer = await StreamSink.Text(Out).OpenAsync();
        await writer.InsertAsync(0, "abc");
        await File.AppendAllTextAsync(Out, "x");
        var error = Assert.ThrowsAsync<StreamLinqException>(() => writer.InsertAsync(1, "d"))!;
        Assert.That(error.Message, Is.EqualTo($"SLQ2032: {Out} has 5 bytes, but this query has left it with 4: somebody else writes to it. Give every query a file of its own."));
    }

    [Test]
    public async Task A_checkpoint_older_than_the_file_is_refused()
    {
        await using (var writer = await StreamSink.Text(Out).OpenAsync())
            for (var epoch = 0; epoch < 6; epoch++) await writer.InsertAsync(epoch, "a");
        await RefusesAsync("SLQ2039", $"{Out} holds epochs up to 2 at least, and the query's checkpoint ends with 1: it is older than the file. Restore both from the same moment, or write to another place.", last: 1);
        Assert.That(new FileInfo(Out + ".epochs").Length, Is.LessThan(1000));
        await using (await StreamSink.Text(Out).OpenAsync(last: 3)) Assert.That(await File.ReadAllTextAsync(Out), Is.EqualTo("a\na\na\na\n"));
    }

    [Test]
    public async Task Members_that_the_file_adds_itself_are_refused()
    {
        const string end = "the row has a member 'epoch', and the file adds one of this name to say which epoch a row is from and what became of it. Give the member another name in the query's last Select.";
        var error = Assert.ThrowsAsync<StreamLinqException>(async () => await StreamSink.JsonLines(Out).Create<Epochal>().OpenAsync(OutputMode.Update))!;
        Assert.That(error.Message, Is.EqualTo($"SLQ2036: JSON lines in {Out}: {end}"));
        await using (await StreamSink.JsonLines(Out).Create<Epochal>().OpenAsync()) { }
    }

    [Test]
    public async Task A_row_that_is_no_json_is_refused()
    {
        await using var writer = await StreamSink.JsonLines(Out).Create<Unwritable>().OpenAsync();
        var error = Assert.ThrowsAsync<StreamLinqException>(() => writer.InsertAsync(3, new Unwritable(typeof(int))))!;
        Assert.That(error.Message, Does.StartWith($"SLQ2037: JSON lines in {Out}: a row of Unwritable in epoch 3 cannot be written as JSON: ").And.EndsWith("Select what can be written, or give JsonLinesSinkOptions.Json a converter."));
    }

    [Test]
    public void A_partition_column_that_is_none_is_refused()
    {
        var error = Assert.Throws<StreamLinqException>(() => StreamSink.JsonLines(_folder.Path, "word").Create<WordCount>())!;
        Assert.That(error.Message, Is.EqualTo($"SLQ2035: JSON lines in {_folder.Path}: the row WordCount has no column 'word'; its columns are Word, Count. Name one of these, exactly as it is written in the row."));
    }

    private Task RefusesAsync(string code, string message, long? last)
    {
        var error = Assert.ThrowsAsync<StreamLinqException>(async () => await StreamSink.Text(Out).OpenAsync(last: last))!;
        Assert.That(error.Message, Is.EqualTo($"{code}: {message}"));
        return Task.CompletedTask;
    }

    private static ValueTask<IStreamSinkWriter<T>> Open<T>(IStreamSinkFactory factory, T example)
    {
        _ = example;
        return factory.Create<T>().OpenAsync();
    }
}
