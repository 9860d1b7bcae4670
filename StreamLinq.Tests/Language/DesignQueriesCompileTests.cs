// The queries of the design, the Nexmark ones included, are written against the language as it is. A file per idea, compiled together as one user's project.
using NUnit.Framework;

namespace StreamLinq.Tests.Language;

public sealed class DesignQueriesCompileTests
{
    [Test]
    public void All_queries_of_the_design_compile()
    {
        var sketch = Repository.Shared("design", "sketch");
        var files = new[] { "Usage", "Nexmark" }.SelectMany(f => Directory.GetFiles(Path.Combine(sketch, f), "*.cs")).Select(f => (Name: Path.GetFileName(f), Text: File.ReadAllText(f))).ToList();
        var stubs = ProviderStubs.Missing().ToList();
        TestContext.Out.WriteLine($"{files.Count} files; stand-ins for {string.Join(", ", stubs.Select(s => s.Name))}");

        // The generator behind [GeneratedRegex] does not run here: its method gets a body in a part of its own.
        var regex = ("Regex.stub", "namespace Usage; public static partial class FailedLogins { private static partial System.Text.RegularExpressions.Regex Line() => throw null!; }");
        var errors = TestCompiler.Errors(TestCompiler.Compile([.. files, .. stubs, regex]));
        Assert.That(errors.SelectMany(g => g).Where(e => e.Id != "CS8019"), Is.Empty);
        Assert.That(files, Has.Count.GreaterThan(30));
    }
}
