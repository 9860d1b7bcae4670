// The manifest on disk: records with length and checksum, each durable when its append returns; rewritten as a whole at every start and when it has grown.
// A record that was being written when the power went is cut off. One that is damaged is told from that by a head with a checksum of its own, which names the committed epoch that needs the record.
using System.Buffers.Binary;
using System.Text.Json;
using StreamLinq.Embedded;

namespace StreamLinq.Sinks;

internal sealed class ManifestFile : IDisposable
{
    internal const int HeadBytes = 24;
    internal const byte FormatVersion = 2;
    internal const long DefaultRewriteBytes = 1 << 20;
    private const long MaxBytes = 256 << 20;

    private readonly IStorage _storage;
    private readonly FileTarget _target;
    private readonly long _rewriteBytes;
    private IStorageFile _file;
    private long _length;
    private long _rewriteAt;

    private ManifestFile(IStorage storage, FileTarget target, EpochManifest content, long rewriteBytes)
    {
        (_storage, _target, Content, _rewriteBytes) = (storage, target, content, rewriteBytes);
        _file = Write();
    }

    internal EpochManifest Content { get; }

    // Puts the manifest in the place of the one that is there.
    internal static ManifestFile Replace(IStorage storage, FileTarget target, EpochManifest content, long rewriteBytes) => new(storage, target, content, rewriteBytes);

    // Null if there is none. Committed: by query id, the last epoch that must be found whole.
    internal static EpochManifest? Load(IStorage storage, FileTarget target, Func<Guid, long> committed)
    {
        using var file = storage.Open(target.ManifestName, create: false);
        if (file is null) return null;
        // What is found here is acted on, so it must not be lost behind that: a process that was killed may have left it unflushed.
        file.Flush();
        storage.FlushFolder("");
        if (file.Length > MaxBytes) throw Damaged(target, "it is larger than any that is written");
        var bytes = new byte[(int)file.Length];
        _ = file.Read(0, bytes);
        if (bytes.Length > 0 && bytes[0] == '{' && !HasHead(bytes)) throw Damaged(target, "it has the format of an earlier version of StreamLinq");

        EpochManifest? manifest = null;
        var position = 0;
        while (position < bytes.Length)
        {
            var rest = bytes.AsSpan(position);
            var length = WholeAt(rest);
            if (length == 0)
            {
                // The first record is there as a whole or not at all.
                if (manifest is null || !IsTorn(rest, committed(manifest.QueryId))) throw Damaged(target, $"the record at byte {position} is not as it was written");
                break;
            }

            if (rest[4] > FormatVersion) throw Damaged(target, "it was written by a later version of StreamLinq");
            manifest = Read(target, manifest, rest[HeadBytes..length], position);
            position += length;
        }

        return manifest ?? throw Damaged(target, "it is empty");
    }

    // Applies the record once it is on disk.
    internal void Append(ManifestRecord record)
    {
        var bytes = Encode(record);
        _file.Write(_length, bytes);
        _file.Flush();
        _length += bytes.Length;
        Content.Apply(record);
        if (_length < _rewriteAt) return;
        var before = _file;
        _file = Write();
        before.Dispose();
    }

    public void Dispose() => _file.Dispose();

    // Length, version, the epoch that is lost with the record, checksum of these, checksum of what follows: the record as JSON.
    internal static byte[] Encode(ManifestRecord record)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(record, ManifestJson.Default.ManifestRecord);
        var bytes = new byte[HeadBytes + json.Length];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, json.Length);
        bytes[4] = FormatVersion;
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(8), record.Epoch ?? long.MaxValue);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(16), Crc32C.Of(bytes.AsSpan(0, 16)));
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(20), Crc32C.Of(json));
        json.CopyTo(bytes, HeadBytes);
        return bytes;
    }

    internal static StreamLinqException Damaged(FileTarget target, string why, Exception? inner = null) => new("SLQ2033",
        $"The list of epochs {target.ManifestPath} cannot be read: {why}. Without it nobody knows which rows of {target.Description} are committed; write to another place, or move both away and start the query anew.", inner);

    private static bool HasHead(ReadOnlySpan<byte> bytes) =>
        bytes.Length >= HeadBytes && BinaryPrimitives.ReadInt32LittleEndian(bytes) > 0 && Crc32C.Of(bytes[..16]) == BinaryPrimitives.ReadUInt32LittleEndian(bytes[16..]);

    // The length of the record at the beginning, 0 if there is no whole one.
    private static int WholeAt(ReadOnlySpan<byte> bytes)
    {
        if (!HasHead(bytes)) return 0;
        var length = BinaryPrimitives.ReadInt32LittleEndian(bytes);
        return length <= bytes.Length - HeadBytes && Crc32C.Of(bytes.Slice(HeadBytes, length)) == BinaryPrimitives.ReadUInt32LittleEndian(bytes[20..]) ? HeadBytes + length : 0;
    }

    // Whether the end of the file can be what a crash leaves of a record: nothing stands behind it, and no committed epoch needs it. A head that is there and cannot be read may be anybody's.
    private static bool IsTorn(ReadOnlySpan<byte> bytes, long committed)
    {
        if (bytes.Length < HeadBytes) return true;
        return HasHead(bytes) && bytes.Length <= HeadBytes + (long)BinaryPrimitives.ReadInt32LittleEndian(bytes) && BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]) > committed;
    }

    private static EpochManifest Read(FileTarget target, EpochManifest? manifest, ReadOnlySpan<byte> json, int position)
    {
        try
        {
            var record = JsonSerializer.Deserialize(json, ManifestJson.Default.ManifestRecord) ?? throw Damaged(target, $"the record at byte {position} is empty");
            if (manifest is null != record.Query is not null) throw Damaged(target, $"the record at byte {position} is not the one that belongs there");
            foreach (var file in record.Files ?? [])
            {
                if (file is not { Folder: not null } || !target.IsPartition(file.Folder) || file.Number == 0 == target.IsFolder || file.Number < 0)
                    throw Damaged(target, $"it names a file in '{file?.Folder}' with the number {file?.Number}, which this sink does not write");
                if (file.Length < 0) throw Damaged(target, $"it gives the file with the number {file.Number} a length that cannot be");
            }

            foreach (var (number, length) in record.Lengths ?? [])
                if (length < 0) throw Damaged(target, $"it gives the file with the number {number} a length that cannot be");
            if (manifest is null) return EpochManifest.Of(record);
            manifest.Apply(record);
            return manifest;
        }
        catch (Exception e) when (e is JsonException or ArgumentException or KeyNotFoundException)
        {
            throw Damaged(target, e.Message, e);
        }
    }

    private IStorageFile Write()
    {
        var temporary = _target.ManifestName + ".tmp";
        _storage.Delete(temporary);
        var file = _storage.Open(temporary, create: true)!;
        try
        {
            _length = 0;
            foreach (var record in Content.Records())
            {
                var bytes = Encode(record);
                file.Write(_length, bytes);
                _length += bytes.Length;
            }

            file.Flush();
            _storage.Rename(temporary, _target.ManifestName);
            _storage.FlushFolder("");
            _rewriteAt = Math.Max(_rewriteBytes, 2 * _length);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }
}
