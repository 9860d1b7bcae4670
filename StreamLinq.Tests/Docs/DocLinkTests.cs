// Links inside the documentation lead somewhere: to a file that is there, and to a heading or an anchor in it.
using System.Text.RegularExpressions;
using NUnit.Framework;
using StreamLinq.Tests.Language;

namespace StreamLinq.Tests.Docs;

public sealed partial class DocLinkTests
{
    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("^#+ (?<text>.*)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex("[^a-z0-9 _-]")]
    private static partial Regex NotInAnchors();

    private static IEnumerable<string> Names() => DocPage.All.Select(p => p.Name);

    [TestCaseSource(nameof(Names))]
    public void Every_link_of_a_page_leads_somewhere(string name)
    {
        var page = DocPage.All.First(p => p.Name == name);
        var text = page.Blocks.Aggregate(page.Text, (rest, block) => block.Text.Length == 0 ? rest : rest.Replace(block.Text, "", StringComparison.Ordinal));
        Assert.Multiple(() =>
        {
            foreach (var target in Link().Matches(text).Select(m => m.Groups["target"].Value).Where(t => !t.Contains("://", StringComparison.Ordinal)))
            {
                var parts = target.Split('#', 2);
                var path = parts[0].Length == 0 ? Path.Combine(Repository.Root, name) : Path.GetFullPath(Path.Combine(Repository.Root, Path.GetDirectoryName(name)!, parts[0]));
                if (!Path.Exists(path)) Assert.Fail($"{name}: there is no {target}");
                else if (parts.Length == 2 && !Anchors(File.ReadAllText(path)).Contains(parts[1])) Assert.Fail($"{name}: {parts[0]} has no anchor {parts[1]}");
            }
        });
    }

    // As GitHub makes them of headings, and those written as HTML.
    private static HashSet<string> Anchors(string text) =>
        [.. Heading().Matches(text).Select(m => NotInAnchors().Replace(m.Groups["text"].Value.Trim().ToLowerInvariant(), "").Replace(' ', '-')),
            .. Regex.Matches(text, "<a id=\"(?<id>[^\"]+)\"", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(10)).Select(m => m.Groups["id"].Value)];
}
