// Holds every name a source uses against the layers, so that a back arrow fails here and not in the reader's head.
// The sources are compiled as a whole, because only the compiler knows what a name means; comments and XML docs do not count as a use.
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using NUnit.Framework;

namespace StreamLinq.Tests.RepositoryRules;

public sealed class LayerTests
{
    private const string ImplicitUsings = "global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq; "
        + "global using System.Net.Http; global using System.Threading; global using System.Threading.Tasks;";

    [Test]
    public void No_folder_uses_one_that_stands_above_it()
    {
        var compilation = Compile(SourceTree.Sources.Select(path => (path, SourceTree.Read(path))));
        // Source generators do not run here, so parts of classes are missing; a type that is not found would hide arrows.
        var unknown = compilation.GetDeclarationDiagnostics().Where(d => d.Id is "CS0246" or "CS0234").Take(5).ToList();

        Assert.That(unknown, Is.Empty, "types that the sources name are not found");
        Assert.That(string.Join('\n', BackArrows(compilation)), Is.Empty);
    }

    [Test]
    public void Every_folder_of_the_product_is_a_layer() =>
        Assert.That(SourceTree.Sources.Select(Layers.Of).Distinct(StringComparer.Ordinal).Where(layer => !Layers.IsKnown(layer)), Is.Empty);

    [TestCase("StreamLinq/Queries/A.cs", "StreamLinq/Plans/B.cs", "StreamLinq/Queries/A.cs:1 uses B of StreamLinq/Plans")]
    [TestCase("StreamLinq/Plans/A.cs", "StreamLinq/Queries/B.cs", null)]
    [TestCase("StreamLinq/Execution/A.cs", "StreamLinq.Providers/Batch/B.cs", "StreamLinq/Execution/A.cs:1 uses B of StreamLinq.Providers/Batch")]
    [TestCase("StreamLinq.Providers/Embedded/State/A.cs", "StreamLinq.Providers/Embedded/Runtime/B.cs", "StreamLinq.Providers/Embedded/State/A.cs:1 uses B of StreamLinq.Providers/Embedded/Runtime")]
    [TestCase("StreamLinq.Providers/Embedded/Runtime/A.cs", "StreamLinq.Providers/Embedded/State/B.cs", null)]
    [TestCase("StreamLinq.Providers/Sources/A.cs", "StreamLinq.Providers/Sinks/B.cs", "StreamLinq.Providers/Sources/A.cs:1 uses B of StreamLinq.Providers/Sinks")]
    [TestCase("StreamLinq.Providers/Testing/A.cs", "StreamLinq.Providers/Embedded/State/B.cs", null)]
    public void An_arrow_is_seen_and_judged(string user, string used, string? expected)
    {
        var compilation = Compile([(user, "class A { object F() => B.Make(); }"), (used, "class B { internal static object Make() => 0; }")]);

        Assert.That(BackArrows(compilation), expected is null ? Is.Empty : Is.EqualTo(new[] { expected }));
    }

    private static CSharpCompilation Compile(IEnumerable<(string Path, string Text)> sources)
    {
        var parsing = new CSharpParseOptions(LanguageVersion.CSharp14);
        var platform = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => Path.GetFileName(path) is var name && name != "System.Linq.Async.dll" && !name.StartsWith("StreamLinq", StringComparison.Ordinal));
        return CSharpCompilation.Create(
            "Product",
            sources.Append(("ImplicitUsings.cs", ImplicitUsings)).Select(source => CSharpSyntaxTree.ParseText(source.Item2, parsing, source.Item1)),
            platform.Select(path => MetadataReference.CreateFromFile(path)),
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable, allowUnsafe: true));
    }

    private static List<string> BackArrows(CSharpCompilation compilation) => [.. compilation.SyntaxTrees
        .Where(tree => tree.FilePath.Contains('/', StringComparison.Ordinal)).AsParallel().AsOrdered().SelectMany(tree => BackArrows(compilation, tree)).Distinct(StringComparer.Ordinal)];

    private static IEnumerable<string> BackArrows(CSharpCompilation compilation, SyntaxTree tree)
    {
        var user = Layers.Of(tree.FilePath);
        var model = compilation.GetSemanticModel(tree);
        foreach (var name in tree.GetRoot().DescendantNodes().OfType<SimpleNameSyntax>())
        {
            if (model.GetSymbolInfo(name).Symbol is not { } symbol || Declared(symbol) is not { } path) continue;
            var used = Layers.Of(path);
            if (!Layers.MayUse(user, used))
                yield return $"{tree.FilePath}:{name.GetLocation().GetLineSpan().StartLinePosition.Line + 1} uses {(symbol as INamedTypeSymbol ?? symbol.ContainingType).Name} of {used}";
        }
    }

    // Where a type or member is declared; null outside the product, and for namespaces and locals. A member of a partial type lies in its own file.
    private static string? Declared(ISymbol symbol)
    {
        if (symbol is INamespaceSymbol or ILocalSymbol or IParameterSymbol or IRangeVariableSymbol or ILabelSymbol or ITypeParameterSymbol) return null;
        var declared = symbol is IMethodSymbol { ReducedFrom: { } extension } ? extension : symbol;
        return declared.OriginalDefinition.DeclaringSyntaxReferences.FirstOrDefault()?.SyntaxTree.FilePath;
    }
}
