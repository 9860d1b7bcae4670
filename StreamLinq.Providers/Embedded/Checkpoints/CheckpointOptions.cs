// How a checkpoint is laid out and when its deltas are folded. The layout is fixed when the checkpoint is made; the rest may change from run to run.
namespace StreamLinq.Embedded;

/// <summary>Sizes of FASTER's pages and segments, in bytes, powers of two. Kept in the manifest: addresses mean nothing with other sizes.</summary>
internal sealed record CheckpointLayout
{
    public int PageBytes { get; init; } = 4 << 20;

    public long SegmentBytes { get; init; } = 32 << 20;

    /// <summary>The longest entry, key and value: it must fit a page of the delta log and of the base, with their headers.</summary>
    internal int EntryLimit => PageBytes - 1024;
}

/// <summary>When deltas are folded into the base, and how much memory the two may take.</summary>
internal sealed record CheckpointOptions
{
    public CheckpointLayout Layout { get; init; } = new();

    /// <summary>How many of the last epochs the epoch log keeps at least.</summary>
    public int RetainedEpochs { get; init; } = 100;

    /// <summary>Unfolded deltas of more bytes than this start a fold in the background.</summary>
    public long FoldAfterBytes { get; init; } = 64 << 20;

    /// <summary>More unfolded epochs than this start a fold in the background.</summary>
    public int FoldAfterEpochs { get; init; } = 1000;

    /// <summary>Folds that are due to the number of epochs begin no more often than this, by the clock of the epochs: at a thousand epochs per second a start has their deltas read sooner than one fold is flushed.</summary>
    public TimeSpan FoldEvery { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How many bytes of deltas a fold works through per second while nobody waits for it and not too much has piled up.</summary>
    public long FoldBytesPerSecond { get; init; } = 32 << 20;

    /// <summary>A base of no more bytes than this is loaded into memory at a start.</summary>
    public long LoadWholeBytes { get; init; } = 64 << 20;

    /// <summary>Pages of the delta log, and as many of the base, that stay in memory. A power of two, at least 4.</summary>
    public int PagesInMemory { get; init; } = 4;

    /// <summary>The first index of the base, in bytes, a power of two; a start that finds it far too small makes a larger one.</summary>
    public long IndexBytes { get; init; } = 16 << 20;
}

/// <summary>What the state takes.</summary>
/// <param name="DeltaBytes">Bytes of changes that are committed and not folded yet.</param>
/// <param name="DeltaEntries">How many changes these are.</param>
/// <param name="BaseBytes">Bytes of the base, superseded versions of entries with them.</param>
internal readonly record struct StateSizes(long DeltaBytes, long DeltaEntries, long BaseBytes);
