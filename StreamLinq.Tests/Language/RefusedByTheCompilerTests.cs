// The error experience is part of the language: each mistake gives exactly its code, says what to write instead, and links to the page that explains it.
using System.ComponentModel;
using System.Reflection;
using Microsoft.CodeAnalysis;
using NUnit.Framework;

namespace StreamLinq.Tests.Language;

public sealed class RefusedByTheCompilerTests
{
    private static readonly Lazy<ILookup<string, Diagnostic>> Found = new(() =>
        TestCompiler.Errors(TestCompiler.Compile(Mistake.All.Select(m => (m.Name, m.Source)).Append(("Prelude", Mistake.Prelude)))));

    private static IEnumerable<TestCaseData> Mistakes => Mistake.All.Select(m => new TestCaseData(m).SetArgDisplayNames(m.Name));

    [TestCaseSource(nameof(Mistakes))]
    public void A_mistake_gives_its_code_and_says_what_to_write(object item)
    {
        var mistake = (Mistake)item;
        var errors = Found.Value[mistake.Name].ToList();
        Assert.That(errors.Select(e => e.Id).Distinct().Order(), Is.EqualTo(mistake.Codes.Split(' ')), string.Join("\n", errors));
        Assert.That(errors.Select(e => e.GetMessage(null)), Has.Some.Contains(mistake.Says));
    }

    [Test]
    public void Nothing_else_is_wrong_with_the_mistakes() =>
        Assert.That(Found.Value.Where(g => g.Key is "" or "Prelude" or "ImplicitUsings.cs").SelectMany(g => g), Is.Empty);

    [Test]
    public void The_help_link_of_an_error_leads_to_its_anchor() =>
        Assert.That(Found.Value.SelectMany(g => g).Where(e => e.Id.StartsWith("SLQ", StringComparison.Ordinal)).Select(e => e.Descriptor.HelpLinkUri == Diagnostics.Link(e.Id)), Is.All.True);

    [Test]
    public void Every_code_of_the_compiler_is_tested() =>
        Assert.That(
            Mistake.All.Select(m => m.Codes).Where(c => c.StartsWith("SLQ", StringComparison.Ordinal)).Distinct().Order(),
            Is.EqualTo(Refused().Select(m => m.GetCustomAttribute<ObsoleteAttribute>()!.DiagnosticId).Distinct().Order()).And.Exactly(16).Items);

    [Test]
    public void What_is_refused_is_hidden_from_completion_and_links_to_the_docs() =>
        Assert.Multiple(() =>
        {
            Assert.That(Refused(), Is.Not.Empty);
            foreach (var member in Refused())
            {
                var obsolete = member.GetCustomAttribute<ObsoleteAttribute>()!;
                Assert.That(member.GetCustomAttribute<EditorBrowsableAttribute>()?.State, Is.EqualTo(EditorBrowsableState.Never), member.ToString());
                Assert.That(obsolete.IsError, Is.True, member.ToString());
                Assert.That(obsolete.UrlFormat, Is.EqualTo(Diagnostics.Url), member.ToString());
                Assert.That(obsolete.DiagnosticId, Does.Match("^SLQ00(0[1-9]|1[0-6])$"), member.ToString());
            }
        });

    [Test]
    public void Every_mistake_of_the_design_gives_the_codes_on_its_first_line()
    {
        var sketch = Repository.Shared("design", "sketch");
        var files = Directory.GetFiles(Path.Combine(sketch, "Errors"), "*.cs").Select(f => (Name: Path.GetFileName(f), Text: File.ReadAllText(f))).ToList();
        var errors = TestCompiler.Errors(TestCompiler.Compile([.. files, ("Prelude", Mistake.Prelude), .. ProviderStubs.Missing()]));
        Assert.Multiple(() =>
        {
            Assert.That(files, Has.Count.GreaterThan(60));
            foreach (var (name, text) in files)
            {
                var expected = text[..text.IndexOf('\n', StringComparison.Ordinal)].Replace("// expect: ", "", StringComparison.Ordinal).Trim();
                Assert.That(string.Join(' ', errors[name].Select(e => e.Id).Distinct().Order()), Is.EqualTo(expected), name + "\n" + string.Join("\n", errors[name]));
            }
        });
    }

    private static IEnumerable<MethodInfo> Refused() =>
        typeof(IStreamQueryable).Assembly.GetExportedTypes().SelectMany(t => t.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly)).Where(m => m.IsDefined(typeof(ObsoleteAttribute)));
}
