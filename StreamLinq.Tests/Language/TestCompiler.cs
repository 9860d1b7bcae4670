// Compiles pieces of C# as a user's project would: nullable, implicit usings, warnings as errors, against the built assemblies.
using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace StreamLinq.Tests.Language;

internal static class TestCompiler
{
    private const string ImplicitUsings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    internal static readonly CSharpParseOptions Parsing = new(LanguageVersion.CSharp14);

    private static readonly Lazy<ImmutableArray<MetadataReference>> References = new(() =>
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => Path.GetFileName(path) is var name && (name.StartsWith("System.", StringComparison.Ordinal) && name is not "System.Linq.Async.dll" || name.StartsWith("Microsoft.Extensions.", StringComparison.Ordinal)
                || name.StartsWith("StreamLinq", StringComparison.Ordinal) && name != "StreamLinq.Tests.dll" || name is "netstandard.dll" or "mscorlib.dll" or "Microsoft.Data.Sqlite.dll" or "Confluent.Kafka.dll"))
            .Select(path => (MetadataReference)MetadataReference.CreateFromFile(path))]);

    // What the SDK's NoWarn has for every project: packages built against an earlier framework.
    private static readonly Dictionary<string, ReportDiagnostic> SdkDefaults = new() { ["CS1701"] = ReportDiagnostic.Suppress, ["CS1702"] = ReportDiagnostic.Suppress };

    /// <summary>A compilation of named sources; the name is the tree's path.</summary>
    internal static CSharpCompilation Compile(IEnumerable<(string Name, string Text)> sources, OutputKind kind = OutputKind.DynamicallyLinkedLibrary) => CSharpCompilation.Create(
        "User",
        sources.Append((Name: "ImplicitUsings.cs", Text: ImplicitUsings)).Select(s => CSharpSyntaxTree.ParseText(s.Text, Parsing, s.Name)),
        References.Value,
        new CSharpCompilationOptions(kind, nullableContextOptions: NullableContextOptions.Enable, generalDiagnosticOption: ReportDiagnostic.Error, allowUnsafe: false, specificDiagnosticOptions: SdkDefaults));

    /// <summary>The errors, by the name of the source they are in.</summary>
    internal static ILookup<string, Diagnostic> Errors(CSharpCompilation compilation) =>
        compilation.GetDiagnostics().Where(d => d.Severity == DiagnosticSeverity.Error).ToLookup(d => d.Location.SourceTree?.FilePath ?? "", StringComparer.Ordinal);
}
