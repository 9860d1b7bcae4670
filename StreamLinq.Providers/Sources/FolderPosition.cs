// Where reading stands in a folder: which files were taken, and how far into the last one. It is text in the epoch log, so it is kept small: a taken file
// is 8 bytes of a hash of its name and 4 of its length, and is dropped when the file is gone. The files of the epoch that ends here are named in full, so that it can be read again.
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace StreamLinq.Sources;

/// <summary>A file of an epoch and how far it was read.</summary>
internal sealed record TakenFile(string Name, long Bytes, long Lines, long Length, long Ticks)
{
    internal bool IsCut => Bytes < Length;
}

internal sealed class FolderPosition
{
    private const int EntryBytes = 12;

    internal static readonly FolderPosition Beginning = new() { Text = null };

    /// <summary>The position as text; null at the beginning.</summary>
    internal string? Text { get; private init; }

    /// <summary>Files read to their end: hash of the name and folded length.</summary>
    internal IReadOnlyDictionary<ulong, uint> Taken { get; private init; } = new Dictionary<ulong, uint>();

    /// <summary>The files of the epoch that ends here, in order.</summary>
    internal IReadOnlyList<TakenFile> Files { get; private init; } = [];

    /// <summary>The last write time of the newest file taken, in UTC ticks.</summary>
    internal long Newest { get; private init; }

    /// <summary>The position the epoch started at, as a hash.</summary>
    internal string From { get; private init; } = "";

    internal TakenFile? Cut => Files.Count > 0 && Files[^1].IsCut ? Files[^1] : null;

    internal static ulong Hash(string name) => BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(name)));

    internal static uint Fold(long length) => (uint)length ^ (uint)(length >> 32);

    internal static string HashOf(string? position) => position is null ? "" : Hash(position).ToString("x16", System.Globalization.CultureInfo.InvariantCulture);

    internal static FolderPosition After(FolderPosition from, Dictionary<ulong, uint> taken, List<TakenFile> files, long newest)
    {
        foreach (var file in files)
            if (!file.IsCut)
                taken[Hash(file.Name)] = Fold(file.Length);
        var bytes = new byte[taken.Count * EntryBytes];
        var at = bytes.AsSpan();
        foreach (var (name, length) in taken.OrderBy(e => e.Key))
        {
            BinaryPrimitives.WriteUInt64LittleEndian(at, name);
            BinaryPrimitives.WriteUInt32LittleEndian(at[8..], length);
            at = at[EntryBytes..];
        }

        var stored = new Stored(Convert.ToBase64String(bytes), files, newest, HashOf(from.Text));
        return new FolderPosition { Text = JsonSerializer.Serialize(stored), Taken = taken, Files = files, Newest = newest, From = stored.From };
    }

    internal static FolderPosition Parse(string? position, string path)
    {
        if (position is null) return Beginning;
        Stored? stored;
        byte[] bytes;
        try
        {
            stored = JsonSerializer.Deserialize<Stored>(position);
            bytes = Convert.FromBase64String(stored?.Taken ?? "");
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            throw SourceErrors.Position(position, path);
        }

        if (stored is not { Files: { } files, From: { } from } || bytes.Length % EntryBytes != 0 || files.Any(f => f is not { Name: not null, Bytes: >= 0, Lines: >= 0, Ticks: >= 0 } || f.Ticks > DateTime.MaxValue.Ticks))
            throw SourceErrors.Position(position, path);
        var taken = new Dictionary<ulong, uint>(bytes.Length / EntryBytes);
        for (var at = bytes.AsSpan(); !at.IsEmpty; at = at[EntryBytes..]) taken[BinaryPrimitives.ReadUInt64LittleEndian(at)] = BinaryPrimitives.ReadUInt32LittleEndian(at[8..]);
        return new FolderPosition { Text = position, Taken = taken, Files = files, Newest = stored.Newest, From = from };
    }

    private sealed record Stored(string Taken, IReadOnlyList<TakenFile> Files, long Newest, string From);
}
