// Files and folders: what is taken, in which order, what is followed, and what happens when files change.
using System.Text;
using NUnit.Framework;

namespace StreamLinq.Tests.Sources;

public sealed class FileSourceTests
{
    private TempFolder _folder = null!;

    [SetUp]
    public void SetUp() => _folder = new TempFolder();

    [TearDown]
    public void TearDown() => _folder.Dispose();

    [Test]
    public async Task A_file_is_read_to_the_end_it_had_and_its_last_line_needs_no_end()
    {
        var path = _folder.Write("a.txt", "one\r\n\r\nthree\rfour");
        await using var reading = await OpenAsync(path);
        Append(path, "never");
        var lines = await reading.TakeAsync();
        Assert.That(lines.Select(l => (l.Text, l.Number)), Is.EqualTo(new[] { ("one", 1L), ("", 2L), ("three", 3L), ("four", 4L) }));
        Assert.That(lines.Select(l => l.Origin), Is.All.EqualTo(path));
    }

    [Test]
    public async Task An_empty_file_and_a_file_of_nothing_but_a_mark_end_at_once([Values("", "\uFEFF")] string text)
    {
        await using var reading = await OpenAsync(_folder.Write("a.txt", text));
        Assert.That(await reading.EpochAsync(5), Is.Empty);
        Assert.That(reading.IsEnd);
    }

    [Test]
    public async Task A_followed_file_gives_a_line_once_its_end_has_come()
    {
        var path = _folder.Write("a.txt", "one\ntw");
        await using var reading = await OpenAsync(path, new TextOptions { Follow = true, PollInterval = TimeSpan.FromMilliseconds(5) });
        Assert.That(Texts(await reading.EpochAsync()), Is.EqualTo(new[] { "one" }));
        Assert.That(await reading.EpochAsync(), Is.Empty);
        Append(path, "o\r");
        Assert.That(Texts(await reading.TakeAsync(1)), Is.EqualTo(new[] { "two" }));
        Append(path, "\nthree\n");
        Assert.That(Texts(await reading.TakeAsync(1)), Is.EqualTo(new[] { "three" }));
        Assert.That(reading.IsEnd, Is.False);
    }

    [Test]
    public async Task A_range_of_a_followed_file_is_the_same_after_it_grew_and_the_process_started_again()
    {
        var path = _folder.Write("a.txt", "one\ntwo\n");
        var options = new TextOptions { Follow = true };
        List<TextLine> first;
        IReadOnlyList<SourceOffset> to;
        await using (var reading = await OpenAsync(path, options))
        {
            first = await reading.EpochAsync(1);
            to = reading.Current;
        }

        Append(path, "three\n");
        File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddHours(1));
        await using var again = await OpenAsync(path, options);
        Assert.That(await again.ReadAsync([], to), Is.EqualTo(first));
        again.Current = to;
        Assert.That(Texts(await again.EpochAsync()), Is.EqualTo(new[] { "two", "three" }));
    }

    [Test]
    public async Task A_file_that_shrank_or_vanished_is_named()
    {
        var path = _folder.Write("a.txt", "one\ntwo\n");
        await using var reading = await OpenAsync(path, new TextOptions { Follow = true });
        await reading.EpochAsync();
        _folder.Write("a.txt", "one\n");
        Assert.That((await Sources.ErrorAsync(() => reading.EpochAsync())).Message, Does.StartWith($"SLQ2012: the file '{path}' was read up to byte 8 and now has 4 bytes only."));
        File.Delete(path);
        Assert.That((await Sources.ErrorAsync(() => reading.EpochAsync())).Message, Does.StartWith($"SLQ2011: the file '{path}' vanished before all its lines were read."));
        Assert.That((await Sources.ErrorAsync(() => OpenAsync(path))).Message, Does.StartWith($"SLQ2010: there is no file or folder '{path}' that can be read."));
    }

    [Test]
    public async Task Files_come_in_the_order_of_time_and_name_and_temporary_names_are_ignored()
    {
        Write("b", 2);
        Write("c", 1);
        Write("a", 2);
        foreach (var name in new[] { ".hidden", "_part", "x.tmp", "y.TMP" }) Write(name, 0);
        Directory.CreateDirectory(_folder.File("sub"));
        await using var reading = await OpenAsync(_folder.Path);
        Assert.That(Texts(await reading.EpochAsync()), Is.EqualTo(new[] { "c", "a", "b" }));
    }

    [Test]
    public async Task A_new_file_is_taken_whatever_its_time_and_no_file_twice()
    {
        Write("new", 9);
        await using var reading = await OpenAsync(_folder.Path);
        Assert.That(Texts(await reading.EpochAsync()), Is.EqualTo(new[] { "new" }));
        Write("old", 1);
        await using var again = await Reading<TextLine>.OpenAsync(Sources.Of(StreamSource.Text(_folder.Path)), reading.Current);
        Assert.That(Texts(await again.EpochAsync()), Is.EqualTo(new[] { "old" }));
        Assert.That(await again.EpochAsync(), Is.Empty);
        Assert.That(await reading.EpochAsync(), Is.Not.Empty);
    }

    [Test]
    public async Task With_MaxFileAge_older_files_are_left_out_and_the_offset_stays_small()
    {
        for (var day = 0; day < 50; day++) Write("f" + day, day);
        await using var reading = await OpenAsync(_folder.Path, new TextOptions { MaxFileAge = TimeSpan.FromDays(3), MaxFilesPerEpoch = 10 });
        var lines = new List<TextLine>();
        for (var epoch = 0; epoch < 5; epoch++) lines.AddRange(await reading.EpochAsync());
        Write("late", 10);
        Write("kept", 47);
        Assert.That(Texts(await reading.EpochAsync()), Is.EqualTo(new[] { "kept" }));
        Assert.That(lines, Has.Count.EqualTo(50));
        Assert.That(reading.Current[0].Position, Has.Length.LessThan(500));
    }

    [Test]
    public async Task So_many_files_per_epoch_at_most()
    {
        for (var i = 0; i < 5; i++) Write("f" + i, i);
        await using var reading = await OpenAsync(_folder.Path, new TextOptions { MaxFilesPerEpoch = 2, Follow = false });
        var counts = new List<int>();
        while (!reading.IsEnd) counts.Add((await reading.EpochAsync()).Count);
        Assert.That(counts, Is.EqualTo(new[] { 2, 2, 1 }));
    }

    [Test]
    public async Task A_file_of_a_folder_that_grows_after_it_was_taken_is_named_also_after_a_restart()
    {
        Write("a", 1);
        await using var reading = await OpenAsync(_folder.Path);
        await reading.EpochAsync();
        Append(_folder.File("a"), "more");
        foreach (var open in new[] { reading, await Reading<TextLine>.OpenAsync(Sources.Of(StreamSource.Text(_folder.Path)), reading.Current) })
            Assert.That((await Sources.ErrorAsync(() => open.EpochAsync())).Message, Does.StartWith($"SLQ2013: the file '{_folder.File("a")}' had 1 bytes when it was taken and has 5 now."));
    }

    [Test]
    public async Task A_file_that_vanishes_while_it_is_half_read_is_named_and_one_that_was_read_may_go()
    {
        _folder.Write("a", "1\n2\n", DateTime.UnixEpoch);
        Write("b", 1);
        await using var reading = await OpenAsync(_folder.Path);
        await reading.EpochAsync(1);
        File.Move(_folder.File("a"), _folder.File(".a"));
        Assert.That((await Sources.ErrorAsync(() => reading.EpochAsync())).Message, Does.StartWith($"SLQ2011: the file 'a' of '{_folder.Path}' vanished before all its lines were read."));
        File.Move(_folder.File(".a"), _folder.File("a"));
        Assert.That(Texts(await reading.EpochAsync()), Is.EqualTo(new[] { "2", "b" }));
        File.Delete(_folder.File("a"));
        Assert.That(await reading.EpochAsync(), Is.Empty);
    }

    [Test]
    public async Task A_range_of_a_folder_is_refused_when_it_does_not_start_where_it_was_planned()
    {
        Write("a", 1);
        await using var reading = await OpenAsync(_folder.Path);
        await reading.EpochAsync();
        var first = reading.Current;
        Write("b", 2);
        await reading.EpochAsync();
        Assert.That((await Sources.ErrorAsync(() => reading.ReadAsync([], reading.Current))).Message, Is.EqualTo(
            $"SLQ2024: a range of '{_folder.Path}' was asked for that was never planned. Read the ranges that GetLatestAsync named, each from the offsets it was given."));
        Assert.That(Texts(await reading.ReadAsync(first, reading.Current)), Is.EqualTo(new[] { "b" }));
    }

    [Test]
    public async Task A_position_of_another_source_is_refused([Values("x", "1:2", "-1:0:0", "{}", "{\"Taken\":\"AA==\",\"Files\":[],\"Newest\":0,\"From\":\"\"}")] string position, [Values] bool folder)
    {
        var path = folder ? _folder.Path : _folder.Write("a", "one\n");
        await using var reading = await OpenAsync(path);
        reading.Current = [new SourceOffset(folder ? "files" : "file", position)];
        Assert.That((await Sources.ErrorAsync(() => reading.EpochAsync())).Message, Does.StartWith($"SLQ2016: '{position}' is not a position of {path}."));
    }

    [Test]
    public async Task A_bad_line_fails_the_query_after_the_rows_before_it()
    {
        var path = _folder.Write("a.txt", [.. "good\n"u8, 0x41, 0xFF, 0x07, .. "\nnext\n"u8]);
        await using var reading = await OpenAsync(path);
        Assert.That(Texts(await reading.EpochAsync()), Is.EqualTo(new[] { "good" }));
        Assert.That((await Sources.ErrorAsync(() => reading.EpochAsync())).Message, Is.EqualTo(
            $"SLQ2014: {path}, line 2: the line is not UTF-8. It begins with: \"A\\xFF\\u0007\". Correct it, or set OnBadLine to SkipAndCount."));
    }

    [Test]
    public async Task Bad_lines_are_skipped_counted_and_handed_to_the_sink_for_rejects([Values(1L, 2L, null)] long? most)
    {
        var path = _folder.Write("a.txt", [.. "good\n"u8, 0xFF, .. "\n123456\n12345\nend"u8]);
        var rejects = new List<RejectedLine>();
        var options = new TextOptions { OnBadLine = BadLinePolicy.SkipAndCount, MaxLineBytes = 5, Rejects = (line, _) => { rejects.Add(line); return ValueTask.CompletedTask; } };
        await using var reading = await OpenAsync(path, options);
        var rows = new List<TextLine>();
        while (!reading.IsEnd) rows.AddRange(await reading.EpochAsync(most));
        Assert.That(rows.Select(l => (l.Text, l.Number)), Is.EqualTo(new[] { ("good", 1L), ("12345", 4L), ("end", 5L) }));
        Assert.That(rejects.Select(r => (r.Number, r.Reason)), Is.EqualTo(new[] { (2L, "the line is not UTF-8"), (3L, "the line is longer than 5 bytes") }));
        Assert.That(Encoding.UTF8.GetString(rejects[1].Raw.Span), Is.EqualTo("12345"));
        Assert.That(((ISourceCounters)reading.Reader).RejectedRows, Is.EqualTo(2));
    }

    [Test]
    public async Task More_rows_than_a_plan_keeps_are_read_again_from_the_file()
    {
        const int Rows = 300_000;
        var path = _folder.Write("a.txt", string.Concat(Enumerable.Range(1, Rows).Select(i => i + "\n")));
        await using var reading = await OpenAsync(path);
        var rows = await reading.EpochAsync();
        Assert.That(rows, Has.Count.EqualTo(Rows));
        Assert.That(rows.All(l => l.Text == l.Number.ToString()));
        Assert.That(reading.IsEnd);
    }

    [Test]
    public async Task A_limit_cuts_exactly_within_and_across_files()
    {
        for (var i = 0; i < 4; i++) _folder.Write("f" + i, "1\r\n2\r\n3\r\n", DateTime.UnixEpoch.AddDays(i));
        await using var reading = await OpenAsync(_folder.Path, new TextOptions { Follow = false });
        var counts = new List<int>();
        while (!reading.IsEnd) counts.Add((await reading.EpochAsync(5)).Count);
        Assert.That(counts, Is.EqualTo(new[] { 5, 5, 2 }));
    }

    [Test]
    public async Task A_range_whose_file_vanished_or_changed_is_refused_after_a_restart()
    {
        Write("a", 1);
        IReadOnlyList<SourceOffset> to;
        await using (var reading = await OpenAsync(_folder.Path))
        {
            await reading.EpochAsync();
            to = reading.Current;
        }

        await using var again = await OpenAsync(_folder.Path);
        Append(_folder.File("a"), "b");
        Assert.That((await Sources.ErrorAsync(() => again.ReadAsync([], to))).Code, Is.EqualTo("SLQ2013"));
        File.Delete(_folder.File("a"));
        Assert.That((await Sources.ErrorAsync(() => again.ReadAsync([], to))).Code, Is.EqualTo("SLQ2011"));
    }

    [Test]
    public async Task Files_come_from_any_store()
    {
        await using var reading = await OpenAsync("bucket/prefix", new TextOptions { Store = new DictionaryStore(), Follow = false });
        Assert.That(Texts(await reading.TakeAsync()), Is.EqualTo(new[] { "from a", "from b" }));
    }

    [Test]
    public void Rejects_without_skipping_is_a_mistake() =>
        Assert.That(() => StreamSource.Text("x", new TextOptions { Rejects = (_, _) => default }), Throws.ArgumentException.With.Message.EqualTo("Rejects is called with OnBadLine = SkipAndCount only."));

    private static IEnumerable<string> Texts(IEnumerable<TextLine> lines) => lines.Select(l => l.Text);

    private static void Append(string path, string text) => File.AppendAllText(path, text, new UTF8Encoding(false));

    private static Task<Reading<TextLine>> OpenAsync(string path, TextOptions? options = null) => Reading<TextLine>.OpenAsync(Sources.Of(StreamSource.Text(path, options)));

    private void Write(string name, int day) => _folder.Write(name, name, DateTime.UnixEpoch.AddDays(day));

    private sealed class DictionaryStore : IFileStore
    {
        public ValueTask<FileListing?> FindAsync(string path, CancellationToken cancellationToken) =>
            new(new FileListing(true, [.. new[] { "b", "a" }.Select(n => new StoredFile(path + "/" + n, n, 6, DateTimeOffset.UnixEpoch))]));

        public ValueTask<Stream> OpenAsync(string path, long offset, CancellationToken cancellationToken) => new(new MemoryStream(Encoding.UTF8.GetBytes("from " + path[^1])) { Position = offset });
    }
}
