// word-count.cs as its user meets it: what it prints, what it refuses, and how it ends.
using NUnit.Framework;
using StreamLinq.Tests.Language;
using StreamLinq.Tests.Sinks;

namespace StreamLinq.Tests.Samples;

public sealed class WordCountTests
{
    private const string Sample = "word-count.cs";

    [Test]
    public async Task The_table_of_a_file_is_printed_and_the_program_ends()
    {
        using var folder = new TempFolder();
        await File.WriteAllTextAsync(folder["a.txt"], "b a  b\r\n\r\n   c b\na");
        var (code, output, errors) = await SampleRun.ToEndAsync(Sample, folder.Path, "a.txt");
        Assert.That(output, Is.EqualTo("""
            -------------------------------------------
            Batch: 0
            -------------------------------------------
            +----+-----+
            |Word|Count|
            +----+-----+
            |   b|    3|
            |   a|    2|
            |   c|    1|
            +----+-----+


            """));
        Assert.That(errors, Does.StartWith("waiting for the first line of a.txt").And.Contain("4 lines in, 3 rows out, 1 epochs"));
        Assert.That(code, Is.Zero);
    }

    [Test]
    public async Task A_long_page_of_this_repository_is_counted()
    {
        using var folder = new TempFolder();
        var page = Path.Combine(Repository.Root, "docs", "errors.md");
        var (code, _, errors) = await SampleRun.ToEndAsync(Sample, folder.Path, page, "--json", "counts.jsonl");
        Assert.That(code, Is.Zero, errors);
        Assert.That(WordCounts.InFile(folder["counts.jsonl"]), Is.EqualTo(WordCounts.Of(await File.ReadAllTextAsync(page))));
    }

    [TestCase("complete", """
        {"word":"a","count":3}
        {"word":"b","count":2}

        """)]
    [TestCase("update", """
        {"word":"a","count":2,"epoch":0}
        {"word":"b","count":1,"epoch":0}
        {"word":"a","count":3,"epoch":1}
        {"word":"b","count":2,"epoch":1}

        """)]
    [TestCase("changelog", """
        {"word":"a","count":2,"epoch":0,"change":"insert"}
        {"word":"b","count":1,"epoch":0,"change":"insert"}
        {"word":"a","count":2,"epoch":1,"change":"delete"}
        {"word":"a","count":3,"epoch":1,"change":"insert"}
        {"word":"b","count":1,"epoch":1,"change":"delete"}
        {"word":"b","count":2,"epoch":1,"change":"insert"}

        """)]
    public async Task Files_are_counted_together_in_every_mode_and_each_is_cut_at_exact_lines(string mode, string expected)
    {
        using var folder = new TempFolder();
        await File.WriteAllTextAsync(folder["1.txt"], "a\na\n");
        await File.WriteAllTextAsync(folder["2.txt"], "b\nb");
        await File.WriteAllTextAsync(folder["3.txt"], "a");
        var (code, output, errors) = await SampleRun.ToEndAsync(Sample, folder.Path, "1.txt", "2.txt", "3.txt", "--mode", mode, "--rows-per-epoch", "1", "--trigger", "20", "--json", "counts.jsonl");
        Assert.That(code, Is.Zero, errors);
        Assert.That(output, Is.Empty);
        Assert.That(await File.ReadAllTextAsync(folder["counts.jsonl"]), Is.EqualTo(expected));
    }

    [Test]
    public async Task Help_is_printed_and_is_no_mistake()
    {
        using var folder = new TempFolder();
        var (code, output, errors) = await SampleRun.ToEndAsync(Sample, folder.Path, "--help");
        Assert.That(code, Is.Zero);
        Assert.That(errors, Is.Empty);
        foreach (var option in new[] { "--socket HOST:PORT", "--reconnect", "--mode", "--trigger MS", "--rows-per-epoch N", "--checkpoint DIR", "--json FILE" }) Assert.That(output, Does.Contain(option));
    }

    [TestCase("", "give either files or --socket")]
    [TestCase("a.txt --socket localhost:1", "give either files or --socket")]
    [TestCase("a.txt a.txt", "give each file once")]
    [TestCase("a.txt --colour", "there is no option --colour")]
    [TestCase("a.txt -x", "there is no option -x")]
    [TestCase("a.txt --mode append", "--mode is complete, update or changelog")]
    [TestCase("a.txt --mode", "--mode needs a value")]
    [TestCase("a.txt --json --mode update", "--json needs a value")]
    [TestCase("a.txt --trigger -1", "--trigger needs a whole number of at least 0")]
    [TestCase("a.txt --rows-per-epoch 0", "--rows-per-epoch needs a whole number of at least 1")]
    [TestCase("a.txt --rows-per-epoch many", "--rows-per-epoch needs a whole number of at least 1")]
    [TestCase("a.txt --reconnect", "--reconnect goes with --socket")]
    [TestCase("--socket localhost", "--socket needs HOST:PORT")]
    [TestCase("--socket localhost:70000", "--socket needs HOST:PORT")]
    public async Task Wrong_arguments_print_what_is_wrong_and_the_usage(string args, string message)
    {
        using var folder = new TempFolder();
        var (code, output, errors) = await SampleRun.ToEndAsync(Sample, folder.Path, args.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.That(code, Is.EqualTo(2));
        Assert.That(output, Is.Empty);
        Assert.That(errors, Does.StartWith(message).And.Contain("--rows-per-epoch N"));
    }

    [Test]
    public async Task A_file_that_is_not_there_is_told_by_its_code()
    {
        using var folder = new TempFolder();
        var (code, _, errors) = await SampleRun.ToEndAsync(Sample, folder.Path, "nowhere.txt");
        Assert.That(code, Is.EqualTo(1));
        Assert.That(errors, Does.Contain("SLQ2010"));
    }
}
