// The sources as the tests of this folder see them: paths from the root of the repository, with slashes, without what a build made.
using StreamLinq.Tests.Language;

namespace StreamLinq.Tests.RepositoryRules;

internal static class SourceTree
{
    /// <summary>The projects that are packed; tests and benchmarks are not part of the product.</summary>
    internal static readonly string[] Product = ["StreamLinq", "StreamLinq.Providers", "StreamLinq.Providers.Kafka"];

    /// <summary>The C# files of the product.</summary>
    internal static IEnumerable<string> Sources => Product.SelectMany(project => Files(project, "*.cs"));

    /// <summary>The files under a folder, in order of their paths.</summary>
    internal static IEnumerable<string> Files(string folder, string pattern) => Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), pattern, SearchOption.AllDirectories)
        .Select(path => Path.GetRelativePath(Repository.Root, path).Replace('\\', '/'))
        .Where(path => !path.Split('/').Any(part => part is "bin" or "obj" || part.StartsWith('.')))
        .Order(StringComparer.Ordinal);

    internal static string Read(string path) => File.ReadAllText(Path.Combine(Repository.Root, path));
}
