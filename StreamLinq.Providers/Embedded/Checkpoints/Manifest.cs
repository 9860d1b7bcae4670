// The one file that says what a checkpoint is and which parts of its other files count. It is replaced as a whole:
// written beside, flushed, renamed, the folder flushed; so there is the old one or the new one, never something between.
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace StreamLinq.Embedded;

/// <summary>A file of the base's checkpoint that FASTER keeps no checksum for.</summary>
internal sealed record StoredFile(string Name, long Length, uint Sum);

/// <summary>Which of FASTER's checkpoints is the base, and up to which epoch it holds everything.</summary>
internal sealed record StoredBase(Guid LogToken, Guid IndexToken, long IndexBytes, long IndexedUntil, long Begin, long End, long CompactAt, long FoldedThrough, long Keys, IReadOnlyList<StoredFile> Files);

/// <summary>The content of the manifest.</summary>
internal sealed record Manifest(int Version, Guid QueryId, ulong Seed, string Query, IReadOnlyList<string> Sources, IReadOnlyList<StoredOperator> Operators, CheckpointLayout Layout, long DeltaBegin, StoredBase? Base)
{
    /// <summary>What the checkpoint becomes with the commit of an epoch: the query was changed, and until that commit the rest of the manifest stands.</summary>
    public StoredChange? Change { get; init; }

    /// <summary>The highest number that a table ever had.</summary>
    public int LastId { get; init; }

    /// <summary>The rows of the sources as schemas, by the source's name; one whose rows cannot be written down is left out.</summary>
    public IReadOnlyDictionary<string, string> SourceRows { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    internal const int KnownVersion = 1;
    internal const string FileName = "manifest.json";
    internal const string TemporaryName = "manifest.tmp";
    private const string Head = "{\"Crc32C\":\"";
    private const string Middle = "\",\"Manifest\":";

    internal static Manifest? Read(IStorage storage)
    {
        using var file = storage.Open(FileName, create: false);
        if (file is null)
            return null;
        var bytes = new byte[checked((int)file.Length)];
        _ = file.Read(0, bytes);
        var start = Head.Length + 8 + Middle.Length;
        if (bytes.Length <= start || !uint.TryParse(Encoding.ASCII.GetString(bytes, Head.Length, 8), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var sum)
            || Crc32C.Of(bytes.AsSpan(start, bytes.Length - start - 1)) != sum)
            throw CheckpointErrors.Damaged(storage.Location, FileName, "the checksum does not match");
        var body = bytes.AsMemory(start, bytes.Length - start - 1);
        try
        {
            using (var document = JsonDocument.Parse(body))
            {
                var version = document.RootElement.GetProperty(nameof(Version)).GetInt32();
                if (version > KnownVersion)
                    throw CheckpointErrors.NewerFormat(storage.Location, version, KnownVersion);
            }

            return JsonSerializer.Deserialize(body.Span, CheckpointJson.Default.Manifest)!;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw CheckpointErrors.Damaged(storage.Location, FileName, "the content is not a manifest's", e);
        }
    }

    /// <summary>The manifest as it stands after an epoch.</summary>
    internal Manifest After(long epoch) => Change is { } change && change.SinceEpoch <= epoch
        ? this with { Query = change.Query, Sources = change.Sources, SourceRows = change.SourceRows, Operators = change.Operators, Change = null }
        : this;

    internal void Write(IStorage storage)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(this, CheckpointJson.Default.Manifest);
        byte[] bytes = [.. Encoding.ASCII.GetBytes(Head + Crc32C.Of(body).ToString("x8", CultureInfo.InvariantCulture) + Middle), .. body, (byte)'}'];
        storage.Delete(TemporaryName);
        using (var file = storage.Open(TemporaryName, create: true)!)
        {
            file.Write(0, bytes);
            file.Flush();
        }

        storage.Rename(TemporaryName, FileName);
        storage.FlushFolder("");
    }
}

/// <summary>JSON of everything a checkpoint stores, without reflection: only the types named here are read, whatever a file says, and what lacks a member is refused.</summary>
[JsonSourceGenerationOptions(RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(Manifest))]
[JsonSerializable(typeof(EpochRecord))]
internal sealed partial class CheckpointJson : JsonSerializerContext;
