// The queries of the design, the Nexmark ones included, are written against the language as it is. A file per idea, compiled together as one user's project.
using System.Linq.Expressions;
using System.Reflection;
using System.Runtime.Loader;
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

    [Test]
    public void All_nexmark_queries_build_their_trees()
    {
        var files = Directory.GetFiles(Path.Combine(Repository.Shared("design", "sketch"), "Nexmark"), "*.cs").Select(f => (Path.GetFileName(f), File.ReadAllText(f)));
        using var image = new MemoryStream();
        var emitted = TestCompiler.Compile([.. files, .. ProviderStubs.Missing()]).Emit(image);
        Assert.That(emitted.Diagnostics.Where(d => d.Severity == Microsoft.CodeAnalysis.DiagnosticSeverity.Error), Is.Empty);
        image.Position = 0;
        var context = new AssemblyLoadContext("nexmark", isCollectible: true);
        try
        {
            var assembly = context.LoadFromStream(image);
            var rows = assembly.GetType("Nexmark.Event")!;
            var events = Activator.CreateInstance(typeof(StreamQuery<,>).MakeGenericType(rows, typeof(AppendOnly)), Expression.Constant(null, typeof(IStreamQueryable<,>).MakeGenericType(rows, typeof(AppendOnly))));
            var streams = Activator.CreateInstance(assembly.GetType("Nexmark.Streams")!, events, Array.CreateInstance(assembly.GetType("Nexmark.SideInput")!, 0));
            var queries = assembly.GetTypes().Where(t => t.Namespace == "Nexmark").SelectMany(t => t.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly)).Where(m => typeof(IStreamQueryable).IsAssignableFrom(m.ReturnType)).ToList();
            Assert.That(queries, Has.Count.GreaterThan(22));
            foreach (var method in queries)
            {
                var query = (IStreamQueryable)method.Invoke(null, [streams])!;
                TestContext.Out.WriteLine($"{method.DeclaringType!.Name}.{method.Name}: {query}");
                Assert.That(method.ReturnType.IsInstanceOfType(query), method.DeclaringType.Name);
                Assert.That(query.Expression.Type.IsAssignableTo(method.ReturnType), method.DeclaringType.Name);
            }
        }
        finally
        {
            context.Unload();
        }
    }
}
