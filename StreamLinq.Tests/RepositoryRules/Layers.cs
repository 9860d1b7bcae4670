// The layers of the product: which folder may use which. docs/architecture.md draws them; LayerTests holds the sources against them.
namespace StreamLinq.Tests.RepositoryRules;

internal static class Layers
{
    private static readonly string[] Language = ["StreamLinq/Time", "StreamLinq/Queries", "StreamLinq/Plans", "StreamLinq/Connectors", "StreamLinq/Execution"];

    private static readonly string[] Engine = [.. ((string[])["Planning", "Codec", "Storage", "Checkpoints", "State", "Time", "Compilation", "Operators", "Workers", "Runtime"])
        .Select(name => "StreamLinq.Providers/Embedded/" + name)];

    // Folders beside the engine use the language only, but for what is named here.
    private static readonly Dictionary<string, string[]> Beside = new(StringComparer.Ordinal)
    {
        ["StreamLinq.Providers/Batch"] = [],
        ["StreamLinq.Providers/Sources"] = [],
        ["StreamLinq.Providers/Sinks"] = ["StreamLinq.Providers/Embedded/Storage"],
        ["StreamLinq.Providers/Hosting"] = ["StreamLinq.Providers/Embedded/Runtime"],
        ["StreamLinq.Providers.Kafka/Client"] = [],
        ["StreamLinq.Providers.Kafka/Formats"] = ["StreamLinq.Providers.Kafka/Client"],
        ["StreamLinq.Providers.Kafka/Sources"] = ["StreamLinq.Providers.Kafka/Client", "StreamLinq.Providers.Kafka/Formats"],
        ["StreamLinq.Providers.Kafka/Sinks"] = ["StreamLinq.Providers.Kafka/Client", "StreamLinq.Providers.Kafka/Formats", "StreamLinq.Providers.Kafka/Sources"],
        ["StreamLinq.Providers/Testing"] = [.. Engine, "StreamLinq.Providers/Batch", "StreamLinq.Providers/Sources", "StreamLinq.Providers/Sinks", "StreamLinq.Providers/Hosting"],
    };

    /// <summary>The layer a source belongs to: the longest of the folders above that holds it, or the folder itself if it is none of them.</summary>
    internal static string Of(string path) =>
        Language.Concat(Engine).Concat(Beside.Keys).FirstOrDefault(layer => path.StartsWith(layer + "/", StringComparison.Ordinal)) ?? Path.GetDirectoryName(path)!.Replace('\\', '/');

    internal static bool IsKnown(string layer) => Language.Contains(layer) || Engine.Contains(layer) || Beside.ContainsKey(layer);

    /// <summary>Whether sources of one layer may use what another declares.</summary>
    internal static bool MayUse(string user, string used)
    {
        if (user == used) return true;
        if (Array.IndexOf(Language, user) is var here and >= 0) return Array.IndexOf(Language, used) is var there && there >= 0 && there < here;
        if (Language.Contains(used)) return true;
        if (Array.IndexOf(Engine, user) is var self and >= 0) return Array.IndexOf(Engine, used) is var other && other >= 0 && other < self;
        return Beside.TryGetValue(user, out var also) && also.Contains(used);
    }
}
