// Compares what the packages show to their users with public-api.txt, so that no public name comes, goes or changes unseen.
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using NUnit.Framework;

namespace StreamLinq.Tests.RepositoryRules;

public sealed class PublicApiTests
{
    private static readonly Lazy<IReadOnlyList<IAssemblySymbol>> Assemblies = new(() =>
    {
        var packed = new[] { typeof(IStreamQueryable).Assembly.Location, typeof(StreamEngine).Assembly.Location, typeof(KafkaSource).Assembly.Location };
        var platform = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Except(packed, StringComparer.Ordinal).Select(path => MetadataReference.CreateFromFile(path));
        var references = packed.Select(path => MetadataReference.CreateFromFile(path)).ToList();
        var user = CSharpCompilation.Create("User", references: platform.Concat(references), options: new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
        return [.. references.Select(reference => (IAssemblySymbol)user.GetAssemblyOrModuleSymbol(reference)!)];
    });

    [Test]
    public void The_public_surface_is_the_accepted_one() =>
        Golden.Matches("StreamLinq.Tests/RepositoryRules/public-api.txt", string.Concat(Assemblies.Value.Select(PublicSurface.Text)));

    [Test]
    public void Every_public_type_is_in_the_one_namespace() => Assert.That(
        Assemblies.Value.SelectMany(a => PublicSurface.Types(a.GlobalNamespace)).Where(type => type.ContainingNamespace.ToDisplayString() != "StreamLinq"), Is.Empty);

    [Test]
    public void A_surface_shows_what_a_user_can_call_and_no_more()
    {
        const string Source = """
            #nullable enable
            public abstract class Sample<T> : System.IDisposable where T : class
            {
                protected Sample(int size = 3) => Hidden = size;
                public const int Most = 4;
                internal int Hidden { get; }
                public string Name { get; init; } = "";
                public static bool TryMake(string? name, out T? made) { made = null; return true; }
                [System.Obsolete("no", true, DiagnosticId = "SLQ0001")] public void Sort() { }
                public virtual void Dispose() { }
                protected abstract void Close(bool all);
                private void Forget() { }
            }
            """;
        var platform = MetadataReference.CreateFromFile(typeof(object).Assembly.Location);
        var type = CSharpCompilation.Create("Sample", [CSharpSyntaxTree.ParseText(Source)], [platform], new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary)).GetTypeByMetadataName("Sample`1")!;

        Assert.That(PublicSurface.Lines(type), Is.EqualTo(new[]
        {
            "abstract class Sample<T> : IDisposable where T : class",
            "  protected Sample(int size = 3)",
            "  protected abstract void Close(bool all)",
            "  public const int Most = 4",
            "  public static bool TryMake(string? name, out T? made)",
            "  public string Name { get; init; }",
            "  public virtual void Dispose()",
            "  public void Sort() // SLQ0001",
        }));
    }
}
