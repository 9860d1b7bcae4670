// docs/errors.md is where the compiler's links lead: every code has a heading there, under an anchor written as the compiler writes it.
using System.Text.RegularExpressions;
using NUnit.Framework;

namespace StreamLinq.Tests.Language;

public sealed partial class ErrorPageTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "errors.md"));

    [GeneratedRegex("^### (?<code>SLQ[0-9]{4})", RegexOptions.Multiline)]
    private static partial Regex Headings();

    [Test]
    public void Every_code_of_the_compiler_has_a_heading() =>
        Assert.That(Enumerable.Range(1, 16).Select(n => $"SLQ{n:0000}"), Is.SubsetOf(Headings().Matches(Page).Select(m => m.Groups["code"].Value)));

    [Test]
    public void Every_heading_has_the_anchor_that_links_lead_to() =>
        Assert.That(Headings().Matches(Page).Select(m => m.Groups["code"].Value).Where(code => !Page.Contains($"<a id=\"{code}\"></a>\n", StringComparison.Ordinal)), Is.Empty);

    [Test]
    public void An_exception_links_to_the_same_anchor() => Assert.That(new StreamLinqException("SLQ2001", "text").HelpLink, Does.EndWith("docs/errors.md#SLQ2001"));

    [Test]
    public void What_a_lambda_cannot_hold_is_listed_with_the_codes_that_are_tested() =>
        Assert.That(Mistake.All.SkipWhile(m => m.Name != "TupleLiteral").SelectMany(m => m.Codes.Split(' ')).Distinct().Where(code => !Page.Contains(code, StringComparison.Ordinal)), Is.Empty);
}
