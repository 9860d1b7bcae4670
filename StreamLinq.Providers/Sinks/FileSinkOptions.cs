// When a file of a folder is complete.
namespace StreamLinq;

/// <summary>
/// How the files of a folder are cut. Rows are appended to one file per partition folder until it is large or old enough; only then does it appear under its final name.
/// A path that names one file has that file, which grows, and takes no limits.
/// </summary>
public record FileSinkOptions
{
    /// <summary>
    /// How many bytes a file has at most; a file that would become longer is ended before. One write, of 4 MB or this many bytes if that is less, is not divided. At least 1; the default is 128 MB.
    /// </summary>
    public long MaxFileBytes { get; init; } = DefaultBytes;

    /// <summary>
    /// How long rows are appended to a file, by the engine's clock, from its first rows on. It is looked at when an epoch commits, and by a timer when no epoch runs, so a committed row can be read after this time
    /// and one epoch. Zero: each epoch that has rows ends its files. <see cref="Timeout.InfiniteTimeSpan"/>: only the size counts. The default is 1 minute.
    /// </summary>
    public TimeSpan MaxFileAge { get; init; } = DefaultAge;

    internal const long DefaultBytes = 128 << 20;

    internal static readonly TimeSpan DefaultAge = TimeSpan.FromMinutes(1);

    internal void Validate(Sinks.FileTarget target)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxFileBytes, 1);
        if (MaxFileAge != Timeout.InfiniteTimeSpan) ArgumentOutOfRangeException.ThrowIfLessThan(MaxFileAge, TimeSpan.Zero);
        if (!target.IsFolder && (MaxFileBytes != DefaultBytes || MaxFileAge != DefaultAge))
            throw new ArgumentException($"{nameof(MaxFileBytes)} and {nameof(MaxFileAge)} are for the files of a folder, and {target.Description} is one file, which grows. End the path in a separator to write a folder.");
    }
}
