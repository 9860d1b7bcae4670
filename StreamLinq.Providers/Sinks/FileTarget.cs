// Where a file sink writes: one file, or a folder with one file per partition folder; and where its manifest of epochs lies.
namespace StreamLinq.Sinks;

internal sealed record FileTarget(string Root, string DataName, bool IsFolder)
{
    internal string ManifestPath => IsFolder ? Path.Combine(Root, "_epochs") : Path.Combine(Root, DataName + ".epochs");

    internal string Description => IsFolder ? Root : Path.Combine(Root, DataName);

    // A folder if there are partitions, if the path ends in a separator, or if a folder of this name is there; else a file.
    internal static FileTarget Of(string path, string extension, bool partitioned)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        var full = Path.GetFullPath(path);
        return partitioned || Path.EndsInDirectorySeparator(path) || Directory.Exists(full)
            ? new(Path.TrimEndingDirectorySeparator(full), "rows" + extension, IsFolder: true)
            : new(Path.GetDirectoryName(full)!, Path.GetFileName(full), IsFolder: false);
    }

    // The name of a data file relative to the root, '/' between its parts on every system.
    internal string NameIn(string partitionFolder) => partitionFolder.Length == 0 ? DataName : $"{partitionFolder}/{DataName}";

    // Null for a name this sink would not have written: a manifest is input, and must not lead out of the folder.
    internal string? PathOf(string name)
    {
        var parts = name.Split('/');
        if (parts[^1] != DataName || !IsFolder && parts.Length > 1) return null;
        foreach (var part in parts[..^1])
            if (!PartitionFolder.IsSegment(part)) return null;
        return Path.Combine([Root, .. parts]);
    }
}
