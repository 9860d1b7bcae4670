// Where a file sink writes: one file, or a folder with numbered files in each partition folder; how these are called, and where the manifest of epochs lies.
// A file that is still written has a name that no reader takes: it begins with '_', as Spark, Hive and StreamLinq's own folder source ignore it, and does not end like a data file, as a glob would find it.
using System.Globalization;

namespace StreamLinq.Sinks;

internal sealed record FileTarget(string Root, string DataName, bool IsFolder)
{
    private const string OpenSuffix = ".open";

    internal string ManifestName => IsFolder ? "_epochs" : DataName + ".epochs";

    internal string ManifestPath => Path.Combine(Root, ManifestName);

    // The file of a table that is replaced as a whole.
    internal string TablePath => Path.Combine(Root, DataName);

    internal string Description => IsFolder ? Root : TablePath;

    // A folder if there are partitions, if the path ends in a separator, or if a folder of this name is there; else a file.
    internal static FileTarget Of(string path, string extension, bool partitioned)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        var full = Path.GetFullPath(path);
        return partitioned || Path.EndsInDirectorySeparator(path) || Directory.Exists(full)
            ? new(Path.TrimEndingDirectorySeparator(full), "rows" + extension, IsFolder: true)
            : new(Path.GetDirectoryName(full)!, Path.GetFileName(full), IsFolder: false);
    }

    // Names are relative to the root, '/' between their parts on every system. The numbers of all partition folders are from one sequence.
    internal string FinalName(string folder, long number) => IsFolder ? In(folder, Numbered(number)) : DataName;

    internal string OpenName(string folder, long number) => IsFolder ? In(folder, $"_{Numbered(number)}{OpenSuffix}") : DataName;

    internal string PathOf(string name) => Path.Combine([Root, .. name.Split('/')]);

    // False for a folder this sink would not have written: a manifest is input, and must not lead out of the root.
    internal bool IsPartition(string folder) => folder.Length == 0 || IsFolder && folder.Split('/').All(PartitionFolder.IsSegment);

    // The number in the name of a file of this sink, finished or not; null for any other.
    internal long? NumberOf(string name)
    {
        var file = name[(name.LastIndexOf('/') + 1)..];
        if (file.StartsWith('_') && file.EndsWith(OpenSuffix, StringComparison.Ordinal)) file = file[1..^OpenSuffix.Length];
        var (begin, end) = (Path.GetFileNameWithoutExtension(DataName) + "-", Path.GetExtension(DataName));
        return file.Length > begin.Length + end.Length && file.StartsWith(begin, StringComparison.Ordinal) && file.EndsWith(end, StringComparison.Ordinal)
            && long.TryParse(file.AsSpan(begin.Length, file.Length - begin.Length - end.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
    }

    private static string In(string folder, string file) => folder.Length == 0 ? file : $"{folder}/{file}";

    private string Numbered(long number) => string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileNameWithoutExtension(DataName)}-{number:D8}{Path.GetExtension(DataName)}");
}
