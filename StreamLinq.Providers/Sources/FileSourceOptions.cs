// What can be set on the sources that read files.
using System.Globalization;
using System.Text.Json;

namespace StreamLinq;

/// <summary>
/// How files are read. A path names a file or a folder. The files of a folder are taken once each, in the order of last write time and name; those in folders within it are not read, and names that begin with
/// '.' or '_' or end in '.tmp' or '.epochs' are ignored. A file in a folder must be complete when it appears: write it under such a name and rename it; one that changes its length later fails the query (SLQ2013).
/// A single file may grow while it is followed, but not shrink (SLQ2012); that it was replaced by another one is noticed only if that is shorter.
/// </summary>
/// <remarks>
/// The offset of a folder holds 12 bytes for each file that was taken and is still there. Remove files when their epoch is committed, or set <see cref="MaxFileAge"/>, where there are very many.
/// </remarks>
public abstract record FileSourceOptions
{
    private protected FileSourceOptions()
    {
    }

    /// <summary>Whether to wait for more at the end. Null, the default: a folder is watched for new files, a single file is read to the end it had when the query started. A last line without an end is a row where the input ends, and waits for its end while a file is followed.</summary>
    public bool? Follow { get; init; }

    /// <summary>How many files of a folder one epoch takes at most; at least 1. The default is 1000.</summary>
    public int MaxFilesPerEpoch { get; init; } = 1000;

    /// <summary>Null, the default: no file is forgotten. Otherwise files whose last write is longer before the newest one taken than this are not taken, and need not be remembered: the offset of a folder stays small.</summary>
    public TimeSpan? MaxFileAge { get; init; }

    /// <summary>The longest line (or CSV record), in bytes without its end; a longer one is a bad line. The default is 1 MiB.</summary>
    public int MaxLineBytes { get; init; } = 1 << 20;

    /// <summary>What happens to a line that is not UTF-8, does not parse, lacks a required member or is too long.</summary>
    public BadLinePolicy OnBadLine { get; init; }

    /// <summary>Called with each line that is skipped, at least once, in the epoch it belongs to. Needs <see cref="BadLinePolicy.SkipAndCount"/>.</summary>
    public Func<RejectedLine, CancellationToken, ValueTask>? Rejects { get; init; }

    /// <summary>How often to look for new files or lines when there were none, by the engine's clock. The default is 100 ms.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Where the files are; null: in the file system.</summary>
    public IFileStore? Store { get; init; }

    internal virtual void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxFilesPerEpoch, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxLineBytes, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(MaxLineBytes, 1 << 29);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(PollInterval, TimeSpan.Zero);
        if (MaxFileAge is { } age) ArgumentOutOfRangeException.ThrowIfLessThan(age, TimeSpan.Zero, nameof(MaxFileAge));
        if (Rejects is not null && OnBadLine == BadLinePolicy.Fail) throw new ArgumentException("Rejects is called with OnBadLine = SkipAndCount only.");
    }
}

/// <summary>How text is read.</summary>
public sealed record TextOptions : FileSourceOptions;

/// <summary>How JSON lines are read: one value per line; lines of nothing but white space are passed over.</summary>
public sealed record JsonLinesOptions : FileSourceOptions
{
    /// <summary>How a line becomes a row. Null: names match without regard to case, and a line that lacks a required member or constructor parameter, or has null where the type allows none, is a bad line.</summary>
    public JsonSerializerOptions? Serializer { get; init; }
}

/// <summary>How CSV is read (RFC 4180): a field may be quoted with ", a quoted field may hold line ends, empty lines are passed over. A record is cut into epochs as a whole.</summary>
public sealed record CsvOptions : FileSourceOptions
{
    /// <summary>Whether each file begins with the names of the columns, matched to members without regard to case. False: columns match constructor parameters or members by place.</summary>
    public bool HasHeader { get; init; } = true;

    /// <summary>How numbers and times are written; null: the invariant culture.</summary>
    public CultureInfo? Culture { get; init; }

    /// <summary>What separates fields: one ASCII character, not a quote, CR or LF.</summary>
    public char Delimiter { get; init; } = ',';

    internal override void Validate()
    {
        base.Validate();
        if (!char.IsAscii(Delimiter) || Delimiter is '"' or '\r' or '\n') throw new ArgumentException("Delimiter must be one ASCII character other than quote, CR and LF.");
    }
}
