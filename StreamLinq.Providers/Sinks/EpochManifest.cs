// What the small file beside the data says: which query writes, which files are open, and how long each was after each of the last epochs, so that an epoch that was not committed can be cut off again.
// It changes by records only, the same when they are written and when they are read again, so what a restart knows is what the run knew.
using System.Text.Json.Serialization;

namespace StreamLinq.Sinks;

internal sealed class EpochManifest
{
    // Only the last epoch can be uncommitted; the ones before serve a checkpoint that is restored with the files, and show a file that somebody else has cut.
    private const int KeptEpochs = 3;

    private readonly Dictionary<long, long> _lastEpochs = [];

    internal Guid QueryId { get; private set; }

    // The last epoch that cannot be cut off any more; -1 if none: its lengths are forgotten, or its rows can be read by anybody.
    internal long Dropped { get; private set; } = -1;

    // Numbers are never used twice, not even by another query in the same folder: a reader may know the file that had it.
    internal long NextNumber { get; private set; } = 1;

    // The files that have not been seen under their final name, by number; the one file that is no folder's has the number 0.
    internal SortedDictionary<long, ManifestEntry> Files { get; } = [];

    internal SortedDictionary<long, Dictionary<long, long>> Epochs { get; } = [];

    internal static EpochManifest Of(ManifestRecord start)
    {
        var manifest = new EpochManifest();
        manifest.Apply(start);
        return manifest;
    }

    internal static EpochManifest New(Guid query, long nextNumber, params ManifestEntry[] files) => Of(new ManifestRecord { Query = query, Dropped = -1, Next = nextNumber, Files = files });

    internal void Apply(ManifestRecord record)
    {
        if (record.Query is { } query) QueryId = query;
        if (record.Dropped is { } dropped) Dropped = dropped;
        foreach (var file in record.Files ?? [])
        {
            Files.Add(file.Number, file);
            NextNumber = Math.Max(NextNumber, file.Number + 1);
        }

        if (record.Next is { } next) NextNumber = Math.Max(NextNumber, next);
        if (record.Epoch is { } epoch) ApplyEpoch(epoch, record.Lengths ?? []);
        foreach (var number in record.Finished ?? [])
        {
            Files[number] = Files[number] with { IsFinished = true };
            DropThrough(LastEpochOf(number));
        }

        foreach (var number in record.Gone ?? []) Remove(number);
    }

    // How long a file is after an epoch; null if it had nothing committed by then. Dropped, or later.
    internal long? LengthAfter(long epoch, long number)
    {
        var length = Files[number].Length;
        foreach (var (at, lengths) in Epochs)
            if (at <= epoch && lengths.TryGetValue(number, out var then)) length = then;
        return length;
    }

    internal long LastEpochOf(long number) => _lastEpochs.GetValueOrDefault(number, Dropped);

    internal void Remove(long number)
    {
        Files.Remove(number);
        _lastEpochs.Remove(number);
        foreach (var lengths in Epochs.Values) lengths.Remove(number);
    }

    internal void CutBackTo(long epoch)
    {
        foreach (var undone in Epochs.Keys.Where(e => e > epoch).ToList()) Epochs.Remove(undone);
        _lastEpochs.Clear();
        foreach (var (at, lengths) in Epochs)
            foreach (var number in lengths.Keys) _lastEpochs[number] = at;
    }

    // What makes the same manifest from nothing.
    internal IEnumerable<ManifestRecord> Records() =>
        Epochs.Select(e => new ManifestRecord { Epoch = e.Key, Lengths = [.. e.Value.Select(f => new ManifestLength(f.Key, f.Value))] })
            .Prepend(new ManifestRecord { Query = QueryId, Dropped = Dropped, Next = NextNumber, Files = [.. Files.Values] });

    private void ApplyEpoch(long epoch, IEnumerable<ManifestLength> files)
    {
        if (!Epochs.TryGetValue(epoch, out var lengths)) Epochs[epoch] = lengths = [];
        foreach (var (number, length) in files)
        {
            _ = Files[number];
            lengths[number] = length;
            _lastEpochs[number] = epoch;
        }

        while (Epochs.Count > KeptEpochs) DropThrough(Epochs.First().Key);
    }

    private void DropThrough(long epoch)
    {
        while (Epochs.Count > 0 && Epochs.First() is var first && first.Key <= epoch)
        {
            foreach (var (number, length) in first.Value) Files[number] = Files[number] with { Length = length };
            Epochs.Remove(first.Key);
        }

        Dropped = Math.Max(Dropped, epoch);
    }
}

// One change. Query: the first record of all. Files: about to be made. Epoch and lengths: their bytes are on disk. Finished: from here on they will have their final names. Gone: they have.
internal sealed record ManifestRecord
{
    public Guid? Query { get; init; }

    public long? Dropped { get; init; }

    public long? Next { get; init; }

    public ManifestEntry[]? Files { get; init; }

    public long? Epoch { get; init; }

    public ManifestLength[]? Lengths { get; init; }

    public long[]? Finished { get; init; }

    public long[]? Gone { get; init; }
}

// MadeAt: when its first rows came, in ticks of UTC. Length: after the last epoch that is dropped; null if it came later.
internal sealed record ManifestEntry(long Number, string Folder, long MadeAt, long? Length = null, bool IsFinished = false);

internal readonly record struct ManifestLength(long Number, long Length);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault, RespectRequiredConstructorParameters = false)]
[JsonSerializable(typeof(ManifestRecord))]
internal sealed partial class ManifestJson : JsonSerializerContext;
