// The small file beside the data that says which query writes it and from where to where each of the last epochs reaches, so that an epoch that was not committed can be cut off again.
// An epoch is noted before its bytes are written: bytes of which nobody knows the epoch never exist.
using System.Buffers;
using System.Text.Json;

namespace StreamLinq.Sinks;

internal sealed class EpochManifest(Guid queryId)
{
    // Only the last epoch can be uncommitted; the ones before serve to notice a file that somebody else has cut.
    private const int KeptEpochs = 3;
    private const long MaxBytes = 256 << 20;

    internal Guid QueryId { get; } = queryId;

    // The last epoch whose entry was dropped; -1 if none: what lies before can no longer be told apart.
    internal long Dropped { get; private set; } = -1;

    // In ascending order of epochs. Epoch -1 is what the file held before the query.
    internal SortedDictionary<long, Dictionary<string, FileRange>> Epochs { get; } = [];

    // To is null while an epoch is being written that did not fit into memory.
    internal readonly record struct FileRange(long From, long? To);

    internal Dictionary<string, FileRange> Entry(long epoch)
    {
        if (Epochs.TryGetValue(epoch, out var files)) return files;
        Epochs[epoch] = files = new(StringComparer.Ordinal);
        while (Epochs.Count > KeptEpochs)
        {
            Dropped = Math.Max(Dropped, Epochs.First().Key);
            Epochs.Remove(Epochs.First().Key);
        }
        return files;
    }

    internal ValueTask SaveAsync(FileTarget target, CancellationToken cancellationToken)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("query", QueryId);
            json.WriteNumber("dropped", Dropped);
            json.WriteStartArray("epochs");
            foreach (var (epoch, files) in Epochs)
            {
                json.WriteStartObject();
                json.WriteNumber("epoch", epoch);
                json.WriteStartArray("files");
                foreach (var (name, range) in files)
                {
                    json.WriteStartObject();
                    json.WriteString("name", name);
                    json.WriteNumber("from", range.From);
                    if (range.To is { } to) json.WriteNumber("to", to);
                    json.WriteEndObject();
                }
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return DurableFile.ReplaceAsync(target.ManifestPath, [buffer.WrittenMemory], cancellationToken);
    }

    // Null if there is none. It is replaced as a whole, so half a manifest is not what a crash leaves: SLQ2033.
    internal static async ValueTask<EpochManifest?> LoadAsync(FileTarget target, CancellationToken cancellationToken)
    {
        if (!File.Exists(target.ManifestPath)) return null;
        try
        {
            if (new FileInfo(target.ManifestPath).Length > MaxBytes) throw Damaged(target, "it is larger than any that is written", null);
            using var document = JsonDocument.Parse(await File.ReadAllBytesAsync(target.ManifestPath, cancellationToken).ConfigureAwait(false));
            var root = document.RootElement;
            var manifest = new EpochManifest(root.GetProperty("query").GetGuid()) { Dropped = root.GetProperty("dropped").GetInt64() };
            foreach (var epoch in root.GetProperty("epochs").EnumerateArray())
            {
                var files = manifest.Epochs[epoch.GetProperty("epoch").GetInt64()] = new(StringComparer.Ordinal);
                foreach (var file in epoch.GetProperty("files").EnumerateArray())
                    Read(file, files, target);
            }
            return manifest;
        }
        catch (Exception e) when (e is JsonException or FormatException or KeyNotFoundException or InvalidOperationException)
        {
            throw Damaged(target, e.Message, e);
        }
    }

    private static void Read(JsonElement file, Dictionary<string, FileRange> files, FileTarget target)
    {
        var name = file.GetProperty("name").GetString() ?? "";
        var range = new FileRange(file.GetProperty("from").GetInt64(), file.TryGetProperty("to", out var to) ? to.GetInt64() : null);
        if (target.PathOf(name) is null) throw Damaged(target, $"it names the file '{name}', which this sink does not write", null);
        if (range.From < 0 || range.To < range.From) throw Damaged(target, $"it gives '{name}' a length that cannot be", null);
        files[name] = range;
    }

    private static StreamLinqException Damaged(FileTarget target, string why, Exception? inner) => new("SLQ2033",
        $"The list of epochs {target.ManifestPath} cannot be read: {why}. Without it nobody knows which rows of {target.Description} are committed; write to another place, or move both away and start the query anew.", inner);
}
