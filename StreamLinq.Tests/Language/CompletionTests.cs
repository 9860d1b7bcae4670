// What an editor offers after a dot: the operators that are legal there, and neither what is refused nor the operators of Enumerable and AsyncEnumerable.
using System.Collections.Immutable;
using System.ComponentModel;
using Microsoft.CodeAnalysis;
using NUnit.Framework;

namespace StreamLinq.Tests.Language;

public sealed class CompletionTests
{
    private static readonly string[] Groups = ["Count", "Sum", "Average", "Min", "Max", "MinBy", "MaxBy", "First", "Last", "ToList", "Aggregate", "Where", "OrderBy", "CountDistinct", "Key"];

    [TestCase("IStreamQueryable<string, AppendOnly>", "Where Select WithEventTime WithProcessingTime GroupBy Unbounded WriteTo ToAsyncEnumerable Named", "Window OrderBy Take Skip First ToList Union LateRows Snapshot")]
    [TestCase("IStreamQueryable<string, EventTime>", "Where Window SessionWindow Within LatestBy Match Process SelectAsync DistinctBy LeftJoin", "OrderBy Take ToChanges GracePeriod Reverse GetEnumerator Concat AsOf")]
    [TestCase("IStreamQueryable<string, Windowed>", "GroupBy GracePeriod LateRows EmitOnUpdate Where Join", "WriteTo Window Take ToAsyncEnumerable Distinct Unbounded")]
    [TestCase("IStreamQueryable<string, Table>", "OrderBy ToChanges Snapshot WriteTo GroupBy Distinct", "Take ThenBy ToAsyncEnumerable Window Process Unbounded")]
    [TestCase("IStreamQueryable<string, OrderedTable>", "ThenBy Take WriteTo", "Skip First")]
    [TestCase("IStreamGrouping<int, string>", "Count CountDistinct ToList OrderBy Where Key", "Take Distinct Any All Select TakeWithTies Over Window Reverse GroupBy")]
    [TestCase("IOrderedRows<string>", "Take TakeWithTies ThenBy Select Over First", "Any Distinct")]
    public void Only_what_is_legal_is_offered(string type, string offered, string notOffered)
    {
        var names = Offered(type);
        Assert.That(offered.Split(' '), Is.SubsetOf(names));
        Assert.That(notOffered.Split(' ').Intersect(names), Is.Empty);
    }

    [Test]
    public void A_group_offers_what_can_be_kept() => Assert.That(Groups, Is.SubsetOf(Offered("IWindowGrouping<int, decimal>")));

    [Test]
    public void No_operator_of_another_library_applies_to_a_query()
    {
        foreach (var type in new[] { "IStreamQueryable<string, EventTime>", "IStreamQueryable<string, Table>", "IStreamGrouping<int, string>" })
        {
            var strangers = Symbols(type).OfType<IMethodSymbol>().Where(m => m.ReducedFrom is not null && m.ContainingAssembly.Name != "StreamLinq" && m.ContainingAssembly.Name != "StreamLinq.Providers");
            Assert.That(strangers.Select(m => m.ToDisplayString()), Is.Empty, type);
        }
    }

    [Test]
    public void Every_public_type_is_in_the_one_namespace() =>
        Assert.That(typeof(IStreamQueryable).Assembly.GetExportedTypes().Where(t => t.Namespace != "StreamLinq"), Is.Empty);

    private static HashSet<string> Offered(string type) => [.. Symbols(type).Where(s => !IsHidden(s)).Select(s => s.Name)];

    private static ImmutableArray<ISymbol> Symbols(string type)
    {
        var text = $"using StreamLinq; static class C {{ static void M({type} x) {{ x.ToString(); }} }}";
        var compilation = TestCompiler.Compile([("Completion.cs", text)]);
        var model = compilation.GetSemanticModel(compilation.SyntaxTrees[0]);
        var position = text.IndexOf("x.ToString", StringComparison.Ordinal);
        var receiver = model.LookupSymbols(position, name: "x").OfType<IParameterSymbol>().Single().Type;
        return model.LookupSymbols(position, receiver, includeReducedExtensionMethods: true);
    }

    private static bool IsHidden(ISymbol symbol) => symbol.GetAttributes().Any(a =>
        a.AttributeClass?.Name == nameof(EditorBrowsableAttribute) && a.ConstructorArguments is [{ Value: (int)EditorBrowsableState.Never }]);
}
