// The journal: what survives a crash, what is cut off, and what is refused.
using System.Linq.Expressions;
using System.Threading.Channels;
using NUnit.Framework;
using StreamLinq.Sources;

namespace StreamLinq.Tests.Sources;

public sealed class JournalTests
{
    private TempFolder _folder = null!;
    private Channel<string> _input = null!;

    [SetUp]
    public void SetUp() => (_folder, _input) = (new TempFolder(), Channel.CreateUnbounded<string>());

    [TearDown]
    public void TearDown() => _folder.Dispose();

    [Test]
    public async Task Rows_named_before_a_crash_come_again_although_the_input_cannot_give_them()
    {
        Write("a", "b\r\n\u2028\"", "c");
        IReadOnlyList<SourceOffset> logged;
        await using (var reading = await OpenAsync())
        {
            await reading.TakeAsync(3, commit: false);
            logged = reading.Current;
        }

        Write("d");
        await using var again = await OpenAsync();
        Assert.That(await again.ReadAsync([], logged), Is.EqualTo(new[] { "a", "b\r\n\u2028\"", "c" }));
        again.Current = logged;
        Assert.That(await again.TakeAsync(1), Is.EqualTo(new[] { "d" }));
    }

    [Test]
    public async Task A_tail_that_was_not_written_to_its_end_is_cut_off()
    {
        Write("a", "b");
        await using (var reading = await OpenAsync()) await reading.TakeAsync(2, commit: false);
        var file = Directory.GetFiles(_folder.Path, "*.journal").Single();
        var whole = await File.ReadAllBytesAsync(file);
        var rows = new List<int>();
        for (var length = 0; length <= whole.Length; length += 3)
        {
            await File.WriteAllBytesAsync(file, whole[..length]);
            using (var journal = Journal.Open(_folder.Path, 1000)) rows.Add((int)journal.Count);
            await File.WriteAllBytesAsync(file, [.. whole, .. whole.AsSpan(0, length), 7]);
            using (var journal = Journal.Open(_folder.Path, 1000)) Assert.That(journal.Count, Is.GreaterThanOrEqualTo(2));
        }

        Assert.That(rows, Is.Ordered);
        Assert.That(rows.Distinct(), Is.SubsetOf(new[] { 0, 2 }));
    }

    [Test]
    public async Task What_was_committed_is_deleted_by_segments()
    {
        await using var reading = await Reading<string>.OpenAsync(new JournaledSource<string>(Sources.Of(StreamSource.From(_input.Reader)), _folder.Path, segmentBytes: 100));
        for (var i = 0; i < 20; i++)
        {
            Write("row " + i);
            Assert.That(await reading.TakeAsync(1), Is.EqualTo(new[] { "row " + i }));
        }

        Assert.That(Directory.GetFiles(_folder.Path, "*.journal"), Has.Length.LessThan(3));
    }

    [Test]
    public async Task A_checkpoint_that_has_read_more_than_the_journal_holds_is_refused()
    {
        var error = await Sources.ErrorAsync(() => Reading<string>.OpenAsync(Sources.Of(StreamSource.From(_input.Reader)).Journaled(_folder.Path), [new SourceOffset("0", "5")]));
        Assert.That(error.Message, Is.EqualTo($"SLQ2022: the journal '{_folder.Path}' is damaged: it holds 0 rows and the checkpoint has read 5. Restore the folder, or start with a new journal and a new checkpoint."));
    }

    [Test]
    public async Task A_row_that_was_changed_on_disk_is_refused()
    {
        Write("aaaa", "bbbb");
        await using var reading = await OpenAsync();
        await reading.TakeAsync(2, commit: false);
        var file = Directory.GetFiles(_folder.Path, "*.journal").Single();
        await using (var stream = new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite))
        {
            var bytes = new byte[stream.Length];
            await stream.ReadExactlyAsync(bytes);
            stream.Position = bytes.AsSpan().IndexOf("bbbb"u8);
            stream.WriteByte((byte)'c');
        }

        Assert.That((await Sources.ErrorAsync(() => reading.ReadAsync([], reading.Current))).Message, Does.StartWith($"SLQ2022: the journal '{_folder.Path}' is damaged: row 1 cannot be read."));
    }

    [Test]
    public async Task A_journal_has_one_reader_at_a_time()
    {
        await using var reading = await OpenAsync();
        Assert.That((await Sources.ErrorAsync(OpenAsync)).Message, Is.EqualTo($"SLQ2021: the journal '{_folder.Path}' is in use by another reader. Give each source of each query its own folder."));
    }

    [Test]
    public void It_is_called_on_a_source_only()
    {
        var error = Assert.Throws<StreamLinqException>(() => new StreamQuery<string, AppendOnly>(Expression.Parameter(typeof(IStreamQueryable<string, AppendOnly>), "rows")).Journaled(_folder.Path));
        Assert.That(error!.Message, Does.StartWith("SLQ2023: Journaled was called on a query that is more than a source: rows."));
        var root = (StreamRootExpression)StreamSource.From(_input.Reader, "in").Journaled(_folder.Path).Expression;
        Assert.That((root.Name, root.Source), Is.EqualTo(("in", root.Source)));
        Assert.That(root.Source, Is.TypeOf<JournaledSource<string>>());
    }

    private Task<Reading<string>> OpenAsync() => Reading<string>.OpenAsync(Sources.Of(StreamSource.From(_input.Reader)).Journaled(_folder.Path));

    private void Write(params string[] rows)
    {
        foreach (var row in rows) _input.Writer.TryWrite(row);
    }
}
