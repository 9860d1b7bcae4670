// The files behind Journaled: segments of lines "length checksum kind json", each line written once. A row is 'r'. A mark 'm' closes what was read from the input in one go and
// holds the input's offsets after it; what follows the last mark was never named to the query and is cut off when the journal is opened.
// Each segment begins with a mark, so that it can be read without those before it.
using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace StreamLinq.Sources;

internal sealed class Journal : IDisposable
{
    private const int HeaderBytes = 16;
    private const byte Row = (byte)'r';
    private const byte Mark = (byte)'m';

    private readonly string _path;
    private readonly long _segmentBytes;
    private readonly FileStream _lock;
    private readonly List<Segment> _segments = [];
    private FileStream _file;
    private long _pending;
    private long _marked;
    private (long Row, Segment? Segment, long Offset) _cursor;

    private Journal(string path, long segmentBytes)
    {
        (_path, _segmentBytes) = (path, segmentBytes);
        Directory.CreateDirectory(path);
        try
        {
            _lock = new FileStream(Path.Combine(path, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e)
        {
            throw SourceErrors.JournalInUse(path, e);
        }

        try
        {
            _file = Recover();
        }
        catch
        {
            _lock.Dispose();
            throw;
        }
    }

    /// <summary>How many rows have been written, and are durable, since the journal began.</summary>
    internal long Count { get; private set; }

    /// <summary>Where the input stands after them.</summary>
    internal IReadOnlyList<SourceOffset> Offsets { get; private set; } = [];

    internal static Journal Open(string path, long segmentBytes) => new(path, segmentBytes);

    internal void Append(ReadOnlySpan<byte> json)
    {
        Write(_file, Row, json);
        _pending++;
    }

    /// <summary>Makes the rows appended durable, together with the input's offsets after them.</summary>
    internal void Commit(IReadOnlyList<SourceOffset> offsets)
    {
        var mark = JsonSerializer.SerializeToUtf8Bytes(offsets);
        Write(_file, Mark, mark);
        _file.Flush(flushToDisk: true);
        Offsets = offsets;
        Count += _pending;
        _pending = 0;
        _marked = _file.Position;
        if (_marked < _segmentBytes) return;
        _file.Dispose();
        _file = Begin();
    }

    /// <summary>Takes back the rows appended since the last commit.</summary>
    internal void Rollback()
    {
        if (_pending == 0) return;
        _pending = 0;
        _file.Flush();
        _file.SetLength(_marked);
        _file.Position = _marked;
    }

    /// <summary>The rows of a range, as JSON. Each is valid until the next one is asked for.</summary>
    internal IEnumerable<ReadOnlyMemory<byte>> Read(long from, long to)
    {
        if (from >= to) yield break;
        if (to > Count) throw SourceErrors.JournalDamaged(_path, $"it holds {Count} rows and row {to} was asked for");
        var index = _segments.FindLastIndex(s => s.First <= from);
        if (index < 0) throw SourceErrors.JournalDamaged(_path, $"row {from} was released");
        var at = _segments[index].First;
        for (; at < to; index++)
        {
            if (index == _segments.Count || _segments[index].First != at) throw SourceErrors.JournalDamaged(_path, $"the segment of row {at} is missing");
            var segment = _segments[index];
            using var file = OpenRead(segment.File);
            if (_cursor.Segment == segment && _cursor.Row == from) (at, file.Position) = (from, _cursor.Offset);
            while (at < to && TryRead(file, out var kind, out var json))
            {
                if (kind != Row) continue;
                if (at++ < from) continue;
                yield return json;
            }

            // A segment may only end where the next one begins.
            if (at < to && index + 1 == _segments.Count) throw SourceErrors.JournalDamaged(_path, $"row {at} cannot be read");
            _cursor = (at, segment, file.Position);
        }
    }

    /// <summary>Removes the segments whose rows all come before a row.</summary>
    internal void Release(long row)
    {
        while (_segments.Count > 1 && _segments[1].First <= row)
        {
            System.IO.File.Delete(_segments[0].File);
            _segments.RemoveAt(0);
        }
    }

    public void Dispose()
    {
        _file.Dispose();
        _lock.Dispose();
    }

    private FileStream Recover()
    {
        foreach (var path in Directory.EnumerateFiles(_path, "*.journal"))
            if (long.TryParse(Path.GetFileNameWithoutExtension(path), NumberStyles.None, CultureInfo.InvariantCulture, out var first))
                _segments.Add(new Segment(first, path));
        _segments.Sort(static (a, b) => a.First.CompareTo(b.First));
        while (_segments.Count > 0)
        {
            var last = _segments[^1];
            var (end, rows, offsets) = LastMark(last.File);
            if (offsets is null)
            {
                // Its first mark never reached the disk; all rows are in the segments before it.
                if (_segments.Count == 1 && last.First > 0) throw SourceErrors.JournalDamaged(_path, $"{last.File} cannot be read");
                System.IO.File.Delete(last.File);
                _segments.RemoveAt(_segments.Count - 1);
                continue;
            }

            (Count, Offsets, _marked) = (last.First + rows, offsets, end);
            var file = new FileStream(last.File, FileMode.Open, FileAccess.Write, FileShare.Read, 65536);
            file.SetLength(end);
            file.Position = end;
            return file;
        }

        return Begin();
    }

    private static (long End, long Rows, IReadOnlyList<SourceOffset>? Offsets) LastMark(string path)
    {
        using var file = OpenRead(path);
        (long, long, IReadOnlyList<SourceOffset>?) last = default;
        var rows = 0L;
        while (TryRead(file, out var kind, out var json))
            if (kind == Mark) last = (file.Position, rows, JsonSerializer.Deserialize<List<SourceOffset>>(json.Span) ?? []);
            else rows++;
        return last;
    }

    private FileStream Begin()
    {
        var path = Path.Combine(_path, Count.ToString("D20", CultureInfo.InvariantCulture) + ".journal");
        var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, 65536);
        Write(file, Mark, JsonSerializer.SerializeToUtf8Bytes(Offsets));
        file.Flush(flushToDisk: true);
        _marked = file.Position;
        if (_segments.Count > 0 && _segments[^1].First == Count) _segments.RemoveAt(_segments.Count - 1); // It held marks only; the file has been replaced.
        _segments.Add(new Segment(Count, path));
        return file;
    }

    private static FileStream OpenRead(string path) => new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 65536);

    private static void Write(FileStream file, byte kind, ReadOnlySpan<byte> json)
    {
        Span<byte> header = stackalloc byte[HeaderBytes + 1];
        header[HeaderBytes] = kind;
        ((uint)json.Length + 1).TryFormat(header, out _, "x8", CultureInfo.InvariantCulture);
        Checksum(kind, json).TryFormat(header[8..], out _, "x8", CultureInfo.InvariantCulture);
        file.Write(header);
        file.Write(json);
        file.WriteByte((byte)'\n');
    }

    // False at the end and at a line that is not whole; the file then stands where the line begins.
    private static bool TryRead(FileStream file, out byte kind, out ReadOnlyMemory<byte> json)
    {
        (kind, json) = (0, default);
        var start = file.Position;
        Span<byte> header = stackalloc byte[HeaderBytes];
        if (file.ReadAtLeast(header, HeaderBytes, throwOnEndOfStream: false) == HeaderBytes
            && uint.TryParse(header[..8], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var length)
            && uint.TryParse(header[8..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var checksum)
            && length >= 1 && length < file.Length - file.Position)
        {
            var line = new byte[length + 1];
            file.ReadExactly(line);
            var payload = line.AsMemory(1, (int)length - 1);
            if (line[^1] == (byte)'\n' && Checksum(line[0], payload.Span) == checksum)
            {
                (kind, json) = (line[0], payload);
                return true;
            }
        }

        file.Position = start;
        return false;
    }

    private static uint Checksum(byte kind, ReadOnlySpan<byte> bytes)
    {
        var sum = BitOperations.Crc32C(uint.MaxValue, kind);
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (var word in words) sum = BitOperations.Crc32C(sum, word);
        foreach (var one in bytes[(words.Length * sizeof(ulong))..]) sum = BitOperations.Crc32C(sum, one);
        return ~sum;
    }

    private sealed record Segment(long First, string File);
}
