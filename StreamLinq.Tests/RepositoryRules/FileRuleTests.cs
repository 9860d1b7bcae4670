// What every file of the product keeps to: it says first what it is for, it stays short, and its name says more than "helper".
using System.Text.RegularExpressions;
using NUnit.Framework;

namespace StreamLinq.Tests.RepositoryRules;

public sealed partial class FileRuleTests
{
    // 300 is the aim; what passes 400 wants to be two files.
    private const int MostLines = 400;

    [Test]
    public void Every_file_says_first_what_it_is_for() =>
        Assert.That(SourceTree.Sources.Where(path => !SaysWhatItIsFor(SourceTree.Read(path))), Is.Empty);

    [Test]
    public void No_file_is_longer_than_400_lines() =>
        Assert.That(SourceTree.Sources.Select(path => (path, Lines: SourceTree.Read(path).AsSpan().Count('\n'))).Where(file => file.Lines > MostLines), Is.Empty);

    [Test]
    public void No_name_of_a_file_hides_what_it_does() =>
        Assert.That(SourceTree.Sources.Where(path => VagueName().IsMatch(Path.GetFileName(path))), Is.Empty);

    [Test]
    public void No_page_names_a_path_of_one_machine() => Assert.That(
        from page in SourceTree.Files(".", "*.md").Concat(SourceTree.Files("docs", "*.cs"))
        from line in SourceTree.Read(page).Split('\n').Select((text, index) => (Text: text, Number: index + 1))
        where MachinePath().IsMatch(line.Text)
        select $"{page}:{line.Number}: {line.Text.Trim()}", Is.Empty);

    [TestCase("// Counts rows.\nnamespace StreamLinq;\n", true)]
    [TestCase("namespace StreamLinq;\n// Counts rows.\n", false)]
    [TestCase("//\nnamespace StreamLinq;\n", false)]
    public void The_first_comment_is_looked_for_at_the_top(string text, bool expected) => Assert.That(SaysWhatItIsFor(text), Is.EqualTo(expected));

    [TestCase("read from /home/anna/clicks.json", true)]
    [TestCase(@"read from C:\Users\anna\clicks.json", true)]
    [TestCase("cd /work/streamlinq", true)]
    [TestCase("see ../shared/data and https://example.org/home/page", false)]
    [TestCase("a state directory such as /var/lib/clicks", false)]
    public void A_path_of_one_machine_is_known_by_its_beginning(string text, bool expected) => Assert.That(MachinePath().IsMatch(text), Is.EqualTo(expected));

    private static bool SaysWhatItIsFor(string text) => text.TrimStart('\uFEFF').Split('\n')[0].Trim() is ['/', '/', ' ', _, ..];

    [GeneratedRegex("Manager|Helper|Util", RegexOptions.IgnoreCase)]
    private static partial Regex VagueName();

    [GeneratedRegex(@"(?<![\w.:/])/(home|root|work|Users|tmp)/\w|(?<!\\)\b[A-Za-z]:\\\w", RegexOptions.ExplicitCapture)]
    private static partial Regex MachinePath();
}
