// Codes and pages do not drift apart: each code in the product's sources is explained in docs/errors.md, and nothing is explained that does not exist.
using System.Text.RegularExpressions;
using NUnit.Framework;
using StreamLinq.Tests.Language;

namespace StreamLinq.Tests.Docs;

public sealed partial class ErrorCodeTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "errors.md"));

    private static readonly Lazy<SortedSet<string>> InSources = new(() =>
        [.. Directory.EnumerateDirectories(Repository.Root, "StreamLinq*")
            .Where(project => Path.GetFileName(project) is not ("StreamLinq.Tests" or "StreamLinq.Benchmarks"))
            .SelectMany(project => Directory.EnumerateFiles(project, "*.cs", SearchOption.AllDirectories))
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .SelectMany(file => Quoted().Matches(File.ReadAllText(file)).Select(m => m.Groups["code"].Value))]);

    [GeneratedRegex("\"(?<code>SLQ[0-9]{4})\"")]
    private static partial Regex Quoted();

    [GeneratedRegex("^### (?<code>SLQ[0-9]{4})(?<rest>.*)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex("SLQ[0-9]{4}")]
    private static partial Regex Code();

    private static List<string> Headings => [.. Heading().Matches(Page).Select(m => m.Groups["code"].Value)];

    [Test]
    public void Every_code_of_the_sources_is_explained() => Assert.That(InSources.Value.Except(Headings), Is.Empty);

    [Test]
    public void Every_code_that_is_explained_exists() => Assert.That(Headings.Except(InSources.Value), Is.Empty);

    [Test]
    public void Codes_are_explained_once_and_in_order() => Assert.That(Headings, Is.Ordered.And.Unique);

    [Test]
    public void A_heading_is_followed_by_an_explanation() =>
        Assert.That(Heading().Matches(Page).Where(m => Page[(m.Index + m.Length)..].Split("\n##")[0].Split("\n<a")[0].Length < 100).Select(m => m.Value), Is.Empty);

    [Test]
    public void A_page_speaks_of_codes_that_exist_only() =>
        Assert.That(DocPage.All.SelectMany(p => Code().Matches(p.Text).Select(m => m.Value)).Distinct().Except(Headings), Is.Empty);
}
