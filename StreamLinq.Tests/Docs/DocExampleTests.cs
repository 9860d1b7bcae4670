// No example of the documentation is only text: each compiles, and each that shows an output is run and prints exactly that.
using Microsoft.CodeAnalysis;
using NUnit.Framework;

namespace StreamLinq.Tests.Docs;

[NonParallelizable]
public sealed class DocExampleTests
{
    private static IEnumerable<TestCaseData> Examples(Func<DocBlock, bool> which) =>
        from page in DocPage.All from block in page.Blocks where block.Language == "csharp" && which(block) select new TestCaseData(page, block).SetArgDisplayNames(block.Place);

    private static IEnumerable<TestCaseData> Compiled() => Examples(b => b.Purpose is "" or "setup");

    private static IEnumerable<TestCaseData> Run() => Examples(b => b.Purpose == "run");

    [TestCaseSource(nameof(Compiled))]
    public void An_example_compiles(object on, object example)
    {
        var (page, block) = ((DocPage)on, (DocBlock)example);
        Assert.That(DocProgram.Errors(DocProgram.Compile([.. page.SetupOf(block), block])), Is.Empty, block.Place);
    }

    [TestCaseSource(nameof(Run)), CancelAfter(60_000)]
    public async Task An_example_prints_what_the_page_shows(object on, object example)
    {
        var (page, block) = ((DocPage)on, (DocBlock)example);
        var folder = Directory.CreateTempSubdirectory("streamlinq-docs-");
        try
        {
            var printed = await DocProgram.RunAsync(DocProgram.Compile([.. page.SetupOf(block), block]), folder.FullName);
            Assert.That(Trimmed(printed), Is.EqualTo(Trimmed(page.OutputOf(block).Text)), $"{block.Place} printed:\n{printed}");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Test]
    public void Every_csharp_block_has_a_purpose_that_is_known() =>
        Assert.That(DocPage.All.SelectMany(p => p.Blocks).Where(b => b.Language == "csharp" && b.Purpose is not ("" or "run" or "setup" or "lines")), Is.Empty);

    [Test]
    public void Every_block_names_its_language() =>
        Assert.That(DocPage.All.SelectMany(p => p.Blocks).Where(b => b.Language.Length == 0), Is.Empty);

    private static string Trimmed(string text) => string.Join('\n', text.Split('\n').Select(l => l.TrimEnd())).Trim('\n');
}
