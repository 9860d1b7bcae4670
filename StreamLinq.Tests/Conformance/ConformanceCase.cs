// The cases of ../shared/conformance: facts of other engines' test suites, one JSON object each. Their notation is explained in the README there.
using System.Text.Json;
using NUnit.Framework;
using StreamLinq.Tests.Language;

namespace StreamLinq.Tests.Conformance;

/// <summary>A test method that runs the case of this id; the method gets the id.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class CaseAttribute(string id) : TestCaseAttribute(id)
{
    public string Id => id;
}

/// <summary>One case; <see cref="Json"/> is the whole of it.</summary>
internal sealed record ConformanceCase(string Id, JsonElement Json)
{
    private const string Recorded = "spark-epochs";

    private static readonly Lazy<IReadOnlyList<ConformanceCase>> Cases = new(() => [.. Read(Repository.Shared("conformance"))]);

    /// <summary>All cases of all suites, and what was recorded from Spark; a test that asks is ignored where the folder is absent.</summary>
    internal static IReadOnlyList<ConformanceCase> All
    {
        get
        {
            Repository.Shared("conformance");
            return Cases.Value;
        }
    }

    internal static ConformanceCase Of(string id) => All.SingleOrDefault(c => c.Id == id) ?? throw new AssertionException($"There is no case {id}.");

    internal IEnumerable<JsonElement> Steps => Json.GetProperty("steps").EnumerateArray();

    internal IReadOnlyList<string> Features => Json.TryGetProperty("features", out var tags) ? [.. tags.EnumerateArray().Select(t => t.GetString()!)] : [];

    internal string OutputMode => Json.GetProperty("outputMode").GetString()!;

    internal string Description => Json.GetProperty("description").GetString()!;

    internal string? Setting(string name) => Json.TryGetProperty("conf", out var conf) && conf.TryGetProperty(name, out var value) ? value.ToString() : null;

    internal bool HasStep(string name) => Steps.Any(s => s.TryGetProperty(name, out _));

    /// <summary>A file beside the case's own.</summary>
    internal string File(string path) => Path.Combine([Repository.Shared("conformance"), Id[..Id.IndexOf('/', StringComparison.Ordinal)], .. path.Split('/')]);

    private static IEnumerable<ConformanceCase> Read(string folder)
    {
        foreach (var suite in Directory.GetDirectories(folder).Order(StringComparer.Ordinal))
        {
            foreach (var file in Directory.GetFiles(suite, "*.json").Order(StringComparer.Ordinal))
            {
                using var document = JsonDocument.Parse(System.IO.File.ReadAllBytes(file));
                if (Path.GetFileName(suite) == Recorded)
                {
                    yield return new ConformanceCase($"{Recorded}/{Path.GetFileNameWithoutExtension(file)}", document.RootElement.Clone());
                    continue;
                }

                foreach (var json in document.RootElement.Clone().EnumerateArray()) yield return new ConformanceCase(json.GetProperty("id").GetString()!, json);
            }
        }
    }
}
