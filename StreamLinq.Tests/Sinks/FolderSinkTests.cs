// The files of a folder: when they end, what they are called while they are written, and who may see them.
using NUnit.Framework;
using StreamLinq.Embedded;
using StreamLinq.Sinks;
using static StreamLinq.Tests.Sinks.SinkRun;

namespace StreamLinq.Tests.Sinks;

public class FolderSinkTests
{
    private sealed record Visit(string Page, int N);

    private sealed record OtherVisit(string Page, string Who);

    private MemoryStorage _storage = null!;
    private VirtualTimeProvider _clock = null!;

    [SetUp]
    public void Begin() => (_storage, _clock) = (new MemoryStorage(), new VirtualTimeProvider());

    [Test]
    public async Task A_file_ends_when_it_is_large()
    {
        await using var writer = await TextAsync(new FileSinkOptions { MaxFileBytes = 100 });
        for (var epoch = 0; epoch < 200; epoch++) await writer.InsertAsync(epoch, $"{epoch:D9}");
        Assert.That(Finished(), Has.Length.EqualTo(20));
        Assert.That(Finished().Select(Length), Is.All.EqualTo(100));
        Assert.That(string.Concat(Finished().Select(Text)), Is.EqualTo(string.Concat(Enumerable.Range(0, 200).Select(n => $"{n:D9}\n"))));
        Assert.That(Finished()[0], Is.EqualTo("rows-00000001.txt"));
    }

    [Test]
    public async Task A_file_that_would_become_too_large_ends_before_also_within_an_epoch()
    {
        await using var writer = await TextAsync(new FileSinkOptions { MaxFileBytes = 25 });
        await writer.InsertAsync(0, "123456789", "123456789");
        Assert.That(Names(), Is.EqualTo(new[] { "_epochs", "_rows-00000001.txt.open" }));
        await writer.InsertAsync(1, "abcdefghi", "abcdefghi", "abcdefghi", "abcdefghi", "abcdefghi", "abcdefghi", "abcdefghi");
        Assert.That(Names().Select(n => (n, n == "_epochs" ? 0 : Length(n))), Is.EqualTo(new[] { ("_epochs", 0), ("rows-00000001.txt", 20), ("rows-00000002.txt", 30), ("rows-00000003.txt", 30), ("_rows-00000004.txt.open", 10) }
            .OrderBy(n => n.Item1, StringComparer.Ordinal)));
    }

    [Test]
    public async Task A_file_ends_when_it_is_old_and_epochs_do_not_count()
    {
        await using var writer = await TextAsync(new FileSinkOptions());
        for (var epoch = 0; epoch < 600; epoch++)
        {
            await writer.InsertAsync(epoch, $"{epoch}");
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.That(Finished(), Has.Length.EqualTo(10));
        Assert.That(Text(Finished()[1]), Is.EqualTo(string.Concat(Enumerable.Range(60, 60).Select(n => $"{n}\n"))));
    }

    [Test]
    public async Task A_query_at_rest_does_not_hide_a_file()
    {
        await using var writer = await TextAsync(new FileSinkOptions { MaxFileAge = TimeSpan.FromSeconds(10) });
        _clock.Advance(TimeSpan.FromSeconds(3));
        await writer.InsertAsync(0, "a");
        _clock.Advance(TimeSpan.FromSeconds(9.9));
        Assert.That(Finished(), Is.Empty);
        _clock.Advance(TimeSpan.FromSeconds(0.1));
        Assert.That(Finished().Select(Text), Is.EqualTo(new[] { "a\n" }));
        _clock.Advance(TimeSpan.FromDays(2));
        Assert.That(Names(), Is.EqualTo(new[] { "_epochs", "rows-00000001.txt" }));
        await writer.InsertAsync(1, "b");
        _clock.Advance(TimeSpan.FromSeconds(10));
        Assert.That(Finished().Select(Text), Is.EqualTo(new[] { "a\n", "b\n" }));
    }

    [Test]
    public async Task What_is_not_committed_stays_hidden_however_old_it_is()
    {
        await using var writer = await TextAsync(new FileSinkOptions { MaxFileAge = TimeSpan.FromSeconds(10) });
        await writer.InsertAsync(0, "a");
        await writer.EpochAsync(1, [Insert("b")], stop: Stop.BeforeCommit);
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.That(Finished(), Is.Empty);
        // The next epoch may be written before this one commits: its rows go to a new file, so that this one can end.
        await writer.EpochAsync(2, [Insert("c")], stop: Stop.BeforeCommit);
        await writer.CommitAsync(1, default);
        Assert.That(Finished().Select(Text), Is.EqualTo(new[] { "a\nb\n" }));
    }

    [Test]
    public async Task A_timer_that_finds_the_disk_gone_fails_the_next_call()
    {
        await using var writer = await TextAsync(new FileSinkOptions { MaxFileAge = TimeSpan.FromSeconds(10) });
        await writer.InsertAsync(0, "a");
        _storage.FailAt = _storage.Changes + 1;
        _clock.Advance(TimeSpan.FromMinutes(1));
        _storage.FailAt = null;
        Assert.ThrowsAsync<IOException>(() => writer.InsertAsync(1, "b"));
    }

    [Test]
    public async Task A_clock_that_is_set_back_hides_nothing()
    {
        _clock.Advance(TimeSpan.FromHours(5));
        await using (var writer = await TextAsync(new FileSinkOptions())) await writer.EpochAsync(0, [Insert("a")], stop: Stop.BeforeCommit);
        _clock = new VirtualTimeProvider();
        await using (await TextAsync(new FileSinkOptions(), last: 0)) Assert.That(Finished().Select(Text), Is.EqualTo(new[] { "a\n" }));
    }

    [Test]
    public async Task With_an_age_of_zero_each_epoch_ends_its_files_and_not_each_write()
    {
        await using var writer = await TextAsync(new FileSinkOptions { MaxFileAge = TimeSpan.Zero }, bufferedBytes: 1);
        await writer.InsertAsync(0, "a", "b", "c");
        await writer.InsertAsync(1);
        await writer.InsertAsync(2, "d");
        Assert.That(Finished().Select(Text), Is.EqualTo(new[] { "a\nb\nc\n", "d\n" }));
    }

    [Test]
    public async Task Without_an_age_only_the_size_counts()
    {
        var writer = await TextAsync(new FileSinkOptions { MaxFileAge = Timeout.InfiniteTimeSpan });
        await writer.InsertAsync(0, "a");
        _clock.Advance(TimeSpan.FromDays(400));
        await writer.InsertAsync(1, "b");
        Assert.That(Finished(), Is.Empty);
        await writer.DisposeAsync();
        Assert.That(Finished().Select(Text), Is.EqualTo(new[] { "a\nb\n" }));
    }

    [Test]
    public async Task A_stop_finishes_the_files_and_a_crash_leaves_them_to_the_next_start()
    {
        await using (var writer = await TextAsync(new FileSinkOptions())) await writer.InsertAsync(0, "a");
        Assert.That(Names(), Is.EqualTo(new[] { "_epochs", "rows-00000001.txt" }));
        var killed = await TextAsync(new FileSinkOptions(), last: 0);
        await killed.InsertAsync(1, "b");
        await killed.EpochAsync(2, [Insert("c")], stop: Stop.BeforeCommit);
        await using (var writer = await TextAsync(new FileSinkOptions(), last: 1))
        {
            Assert.That(Text("_rows-00000002.txt.open"), Is.EqualTo("b\n"));
            await writer.InsertAsync(2, "c");
            Assert.That(Text("_rows-00000002.txt.open"), Is.EqualTo("b\nc\n"));
        }

        Assert.That(Finished().Select(Text), Is.EqualTo(new[] { "a\n", "b\nc\n" }));
    }

    [Test]
    public async Task The_age_of_a_file_goes_on_after_a_crash()
    {
        await (await TextAsync(new FileSinkOptions())).InsertAsync(0, "a");
        _clock.Advance(TimeSpan.FromSeconds(40));
        await using var writer = await TextAsync(new FileSinkOptions(), last: 0);
        Assert.That(Finished(), Is.Empty);
        _clock.Advance(TimeSpan.FromSeconds(20));
        Assert.That(Finished().Select(Text), Is.EqualTo(new[] { "a\n" }));
    }

    [Test]
    public async Task Files_of_an_epoch_that_was_not_committed_are_dropped_and_no_number_comes_twice()
    {
        await (await TextAsync(new FileSinkOptions())).EpochAsync(0, [Insert("a")], stop: Stop.BeforeCommit);
        await using (await TextAsync(new FileSinkOptions())) Assert.That(Names(), Is.EqualTo(new[] { "_epochs" }));
        await using (var writer = await TextAsync(new FileSinkOptions())) await writer.InsertAsync(0, "a");
        Assert.That(Names(), Is.EqualTo(new[] { "_epochs", "rows-00000002.txt" }));
    }

    [Test]
    public async Task A_promised_name_is_given_at_the_next_start_and_a_file_that_was_taken_away_is_not_missed()
    {
        var killed = await TextAsync(new FileSinkOptions { MaxFileAge = TimeSpan.Zero });
        await killed.EpochAsync(0, [Insert("a")], stop: Stop.BeforeCommit);
        // The note is written and flushed, the renaming fails.
        _storage.FailAt = _storage.Changes + 3;
        Assert.ThrowsAsync<IOException>(async () => await killed.CommitAsync(0, default));
        _storage.FailAt = null;
        Assert.That(Finished(), Is.Empty);
        var next = await TextAsync(new FileSinkOptions { MaxFileAge = TimeSpan.Zero }, last: 0);
        Assert.That(Finished().Select(Text), Is.EqualTo(new[] { "a\n" }));
        await next.InsertAsync(1, "b");
        foreach (var name in Finished()) _storage.Delete(name);
        await using (await TextAsync(new FileSinkOptions(), last: 1)) Assert.That(Names(), Is.EqualTo(new[] { "_epochs" }));
    }

    [Test]
    public async Task An_open_file_that_is_gone_is_refused()
    {
        await (await TextAsync(new FileSinkOptions())).InsertAsync(0, "abc");
        _storage.Delete("_rows-00000001.txt.open");
        var error = Assert.ThrowsAsync<StreamLinqException>(async () => await TextAsync(new FileSinkOptions(), last: 0))!;
        Assert.That(error.Message, Does.StartWith("SLQ2032: ").And.Contains("_rows-00000001.txt.open has 0 bytes, but committed epochs reach to 4"));
    }

    [Test]
    public async Task A_finished_file_is_never_cut_back_so_an_older_checkpoint_is_refused()
    {
        await using (var writer = await TextAsync(new FileSinkOptions()))
            for (var epoch = 0; epoch < 2; epoch++) await writer.InsertAsync(epoch, "a");
        var error = Assert.ThrowsAsync<StreamLinqException>(async () => await TextAsync(new FileSinkOptions(), last: 0))!;
        Assert.That(error.Message, Does.StartWith("SLQ2039: ").And.Contains("holds epochs up to 1 at least, and the query's checkpoint ends with 0"));
    }

    [Test]
    public async Task Another_query_finishes_what_it_finds_and_continues_the_numbers()
    {
        await (await TextAsync(new FileSinkOptions())).InsertAsync(0, "a");
        await using (var writer = await TextAsync(new FileSinkOptions(), query: Guid.NewGuid()))
        {
            Assert.That(Finished().Select(Text), Is.EqualTo(new[] { "a\n" }));
            await writer.InsertAsync(0, "b");
        }

        Assert.That(Finished(), Is.EqualTo(new[] { "rows-00000001.txt", "rows-00000002.txt" }));
        _storage.Delete("_epochs");
        await using (var writer = await TextAsync(new FileSinkOptions(), query: Guid.NewGuid())) await writer.InsertAsync(0, "c");
        Assert.That(Finished().Select(Text), Is.EqualTo(new[] { "a\n", "b\n", "c\n" }));
    }

    [Test]
    public async Task Two_queries_at_once_are_noticed()
    {
        await using var first = await TextAsync(new FileSinkOptions());
        await first.InsertAsync(0, "a");
        await using var second = await TextAsync(new FileSinkOptions(), query: Guid.NewGuid());
        var error = Assert.ThrowsAsync<StreamLinqException>(() => first.InsertAsync(1, "b"))!;
        Assert.That(error.Message, Does.StartWith("SLQ2032: ").And.EndsWith("has 0 bytes, but this query has left it with 2: somebody else writes to it. Give every query a file of its own."));
    }

    [Test]
    public async Task Partition_folders_have_files_of_their_own_each_with_a_header()
    {
        var sink = Sink(StreamSink.Csv("/data/out", new FileSinkOptions { MaxFileBytes = 17 }, "Page").Create<Visit>());
        await using (var writer = await OpenAsync(sink))
        {
            await writer.InsertAsync(0, new Visit("a", 1), new Visit("b", 2));
            await writer.InsertAsync(1, new Visit("a", 3));
            await writer.InsertAsync(2, new Visit("a", 4));
        }

        Assert.That(Finished().Select(n => (n, Text(n))), Is.EqualTo(new[]
        {
            ("Page=a/rows-00000001.csv", "Page,N\na,1\na,3\n"), ("Page=a/rows-00000003.csv", "Page,N\na,4\n"), ("Page=b/rows-00000002.csv", "Page,N\nb,2\n"),
        }));
    }

    [Test]
    public async Task Rows_with_other_columns_begin_a_new_file()
    {
        await (await OpenAsync(Sink(StreamSink.Csv("/data/out/").Create<Visit>()))).InsertAsync(0, new Visit("a", 1));
        await using (var writer = await OpenAsync(Sink(StreamSink.Csv("/data/out/").Create<OtherVisit>()), last: 0)) await writer.InsertAsync(1, new OtherVisit("b", "x"));
        Assert.That(Finished().Select(Text), Is.EqualTo(new[] { "Page,N\na,1\n", "Page,Who\nb,x\n" }));
    }

    [Test]
    public async Task A_folder_source_takes_finished_files_only()
    {
        using var folder = new TempFolder();
        await using var engine = new StreamEngine();
        await using var writer = await StreamSink.Text(folder["out/"], new FileSinkOptions { MaxFileBytes = 20 }).OpenAsync();
        for (var epoch = 0; epoch < 9; epoch++) await writer.InsertAsync(epoch, $"number {epoch}");
        await using (var single = await StreamSink.Text(folder["out/single.txt"]).OpenAsync(query: Guid.NewGuid())) await single.InsertAsync(0, "single");
        Assert.That(Directory.GetFiles(folder["out"]).Select(Path.GetFileName), Is.SupersetOf(new[] { "_epochs", "_rows-00000005.txt.open", "rows-00000001.txt", "single.txt.epochs" }));
        var rows = new MemorySink<string>();
        await engine.RunAsync((from line in StreamSource.Text(folder["out"], new TextOptions { Follow = false }) select line.Text).WriteTo(rows));
        Assert.That(rows.Rows, Is.EquivalentTo(Enumerable.Range(0, 8).Select(n => $"number {n}").Append("single")));
    }

    [Test]
    public async Task The_end_of_a_query_finishes_its_files()
    {
        using var folder = new TempFolder();
        await using var engine = new StreamEngine();
        var rows = new MemorySource<string>();
        rows.Add("a", "b");
        rows.Complete();
        await engine.RunAsync(rows.AsStreamQueryable("rows").WriteTo(StreamSink.Text(folder["out/"])));
        Assert.That(Directory.GetFiles(folder["out"], "*.txt").Select(File.ReadAllText), Is.EqualTo(new[] { "a\nb\n" }));
    }

    [Test]
    public void Limits_that_cannot_be_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => StreamSink.Csv("out/", new FileSinkOptions { MaxFileBytes = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => StreamSink.Text("out/", new FileSinkOptions { MaxFileAge = TimeSpan.FromSeconds(-2) }));
        var path = Path.GetFullPath("out.jsonl");
        Assert.That(Assert.Throws<ArgumentException>(() => StreamSink.JsonLines("out.jsonl", new JsonLinesSinkOptions { MaxFileAge = TimeSpan.FromSeconds(2) }))!.Message,
            Is.EqualTo($"MaxFileBytes and MaxFileAge are for the files of a folder, and {path} is one file, which grows. End the path in a separator to write a folder."));
    }

    private ValueTask<IStreamSinkWriter<string>> TextAsync(FileSinkOptions options, long? last = null, Guid? query = null, long bufferedBytes = 1 << 20)
    {
        var sink = Sink(StreamSink.Text("/data/out/", options));
        sink.BufferedBytes = bufferedBytes;
        return OpenAsync(sink, last, query);
    }

    private ValueTask<IStreamSinkWriter<T>> OpenAsync<T>(FileSink<T> sink, long? last = null, Guid? query = null) => sink.OpenAsync(Context(last: last, query: query) with { TimeProvider = _clock }, default);

    private FileSink<T> Sink<T>(IStreamSink<T> sink)
    {
        var files = (FileSink<T>)sink;
        files.Storage = _ => _storage;
        return files;
    }

    private string[] Names() => [.. _storage.List("")];

    private string[] Finished() => [.. _storage.List("").Where(n => !Path.GetFileName(n).StartsWith('_'))];

    private long Length(string name)
    {
        using var file = _storage.Open(name, create: false)!;
        return file.Length;
    }

    private string Text(string name) => FolderSinkCrashTests.Text(_storage, name);
}
