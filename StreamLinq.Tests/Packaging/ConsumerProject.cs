// A project outside the repository, as a user has it: packages from the feed, a Program.cs, and a package cache of its own for what it restores from the feed.
using System.Text.RegularExpressions;

namespace StreamLinq.Tests.Packaging;

internal sealed partial class ConsumerProject
{
    private readonly string _folder;

    /// <param name="feed">Where StreamLinq's packages are.</param>
    /// <param name="name">The project's name.</param>
    /// <param name="packages">Its references.</param>
    internal ConsumerProject(PackedFeed feed, string name, params (string Id, string Version)[] packages)
    {
        _folder = Directory.CreateDirectory(Path.Combine(feed.Root, name)).FullName;

        // The machine's sources stay. Packages in the machine's cache are read where they lie, unless StreamLinq is one of them; what is new goes to a cache that is deleted with the feed.
        var fallback = Directory.Exists(MachineCache) && !Directory.Exists(Path.Combine(MachineCache, "streamlinq")) ? $"<add key=\"machine\" value=\"{MachineCache}\" />" : "";
        File.WriteAllText(Path.Combine(_folder, "NuGet.config"), $"""
            <configuration>
              <config><add key="globalPackagesFolder" value="{feed.Root}/cache" /></config>
              <packageSources><add key="packed" value="{feed.Folder}" /></packageSources>
              <fallbackPackageFolders>{fallback}</fallbackPackageFolders>
            </configuration>
            """);
        File.WriteAllText(Path.Combine(_folder, name + ".csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk.Worker">
              <PropertyGroup>
                <TargetFramework>net10.0</TargetFramework>
                <OutputType>Exe</OutputType>
                <Nullable>enable</Nullable>
                <ImplicitUsings>enable</ImplicitUsings>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="Microsoft.Extensions.Hosting" Version="10.0.14" />
            {string.Join('\n', packages.Select(package => $"    <PackageReference Include=\"{package.Id}\" Version=\"{package.Version}\" />"))}
              </ItemGroup>
            </Project>
            """);
    }

    private static string MachineCache => Environment.GetEnvironmentVariable("NUGET_PACKAGES")
        ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    /// <summary>Writes a source file of the project.</summary>
    internal void Write(string name, string text) => File.WriteAllText(Path.Combine(_folder, name), text);

    internal Task<DotnetResult> BuildAsync() => DotnetCommand.RunAsync(_folder, "build", "-nodeReuse:false", "-v", "q", "-nologo", "-clp:NoSummary");

    internal Task<DotnetResult> RunAsync() => DotnetCommand.RunAsync(_folder, "run", "--no-build");

    /// <summary>The compiler's errors: file, line and code, each once.</summary>
    internal static string[] Errors(DotnetResult build) =>
        [.. Error().Matches(build.Output).Select(m => $"{Path.GetFileName(m.Groups["file"].Value)}({m.Groups["line"].Value}): {m.Groups["code"].Value}").Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    [GeneratedRegex(@"^\s*(?<file>[^\s(]+)\((?<line>\d+),\d+\): error (?<code>\w+):", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Error();
}
