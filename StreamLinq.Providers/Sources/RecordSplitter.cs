// Cuts bytes into lines, or into CSV records when it is given a quote. Bytes come in pieces of any size, from files and sockets alike.
// A line ends at LF, CRLF or a lone CR. A CR that is the last byte so far ends its line at once; an LF that comes next belongs to it and is passed over.
// What is longer than the limit is not kept: its first bytes are handed out as too long, the rest is passed over up to the next line end.
namespace StreamLinq.Sources;

internal enum RecordFault { None, TooLong, OpenQuote }

/// <summary>A record, as a place in the splitter's buffer.</summary>
internal readonly record struct RecordSlice(int Start, int Length, long Line, RecordFault Fault);

internal sealed class RecordSplitter(int maxBytes, byte? quote = null, byte delimiter = (byte)',', long offset = 0, long lines = 0, bool afterCr = false)
{
    private const int FirstBuffer = 65536;

    private byte[] _buffer = new byte[FirstBuffer];
    private int _start;
    private int _scan;
    private int _end;
    private int _firstLineEnd = -1;
    private int _firstLineNext;
    private bool _inQuotes;
    private bool _discarding;
    private bool _skipLf = afterCr;
    private long _dropped;
    private int _lastClose = -1;

    /// <summary>The offset after the last record and its line end.</summary>
    internal long Offset { get; private set; } = offset;

    /// <summary>The lines up to <see cref="Offset"/>; a record with line ends in quotes has several.</summary>
    internal long Lines { get; private set; } = lines;

    /// <summary>Something was read that is not yet part of a record.</summary>
    internal bool HasRest => _end > _start || _discarding;

    /// <summary>Room for more bytes. What earlier records pointed to moves.</summary>
    internal Memory<byte> GetMemory()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _scan -= _start;
            _end -= _start;
            _lastClose -= _start;
            if (_firstLineEnd >= 0) (_firstLineEnd, _firstLineNext) = (_firstLineEnd - _start, _firstLineNext - _start);
            _start = 0;
        }

        if (_buffer.Length - _end < FirstBuffer / 2) Array.Resize(ref _buffer, _buffer.Length * 2);
        return _buffer.AsMemory(_end);
    }

    internal void Advance(int bytes) => _end += bytes;

    internal ReadOnlySpan<byte> Bytes(RecordSlice record) => _buffer.AsSpan(record.Start, record.Length);

    /// <summary>The next record, if it is complete. At the end of the input (<paramref name="final"/>) what has no line end is a record too.</summary>
    internal bool TryRead(bool final, out RecordSlice record)
    {
        if (_skipLf && _end > _start)
        {
            _skipLf = false;
            if (_buffer[_start] == (byte)'\n')
            {
                _start++;
                _scan = _start;
                Offset++;
            }
        }

        while (true)
        {
            var ended = FindEnd(out var length, out var ends);
            if (!_discarding && length > maxBytes)
            {
                if (_firstLineEnd >= 0 && _firstLineEnd - _start <= maxBytes) return FirstLine(RecordFault.TooLong, out record);
                if (ended)
                {
                    // The end is in sight: no need to pass over anything later.
                    _inQuotes = false;
                    var stop = quote is null ? length : FirstEnd(length, out ends);
                    return Take(maxBytes, stop, ends, RecordFault.TooLong, out record);
                }

                _discarding = true;
                _inQuotes = false;
                _scan = _start + maxBytes;
                continue;
            }

            if (ended && !_discarding) return Take(length, length, ends, RecordFault.None, out record);
            if (ended)
            {
                // What was passed over before plus what lies between the kept bytes and the line end.
                _discarding = false;
                return Take(maxBytes, length, ends, RecordFault.TooLong, out record);
            }

            if (_discarding)
            {
                _dropped += _end - _start - maxBytes;
                _end = _start + maxBytes;
                _scan = _end;
                if (!final) break;
                _discarding = false;
                return Take(maxBytes, maxBytes, 0, RecordFault.TooLong, out record);
            }

            if (!final || _end == _start) break;
            if (!_inQuotes) return Take(_end - _start, _end - _start, 0, RecordFault.None, out record);
            if (_firstLineEnd >= 0) return FirstLine(RecordFault.OpenQuote, out record);
            return Take(_end - _start, _end - _start, 0, RecordFault.OpenQuote, out record);
        }

        record = default;
        return false;
    }

    // Looks for the end from where the last look stopped. length: bytes of the record so far or up to its end; ends: bytes of the line end.
    private bool FindEnd(out int length, out int ends)
    {
        ends = 0;
        while (_scan < _end)
        {
            var rest = _buffer.AsSpan(_scan, _end - _scan);
            int at;
            if (quote is not { } q || _discarding)
            {
                at = rest.IndexOfAny((byte)'\r', (byte)'\n');
            }
            else if (_inQuotes)
            {
                at = rest.IndexOfAny(q, (byte)'\r', (byte)'\n');
                if (at >= 0 && rest[at] != q)
                {
                    if (_firstLineEnd < 0)
                    {
                        // A CR at the end of what is there: wait for the next byte, so that the line end stays whole.
                        if (rest[at] == (byte)'\r' && at + 1 == rest.Length) break;
                        (_firstLineEnd, _firstLineNext) = (_scan + at, _scan + at + EndLength(rest[at..]));
                    }

                    _scan += at + 1;
                    continue;
                }

                if (at >= 0)
                {
                    // A doubled quote leaves and at once enters again.
                    _inQuotes = false;
                    _lastClose = _scan + at;
                    _scan += at + 1;
                    continue;
                }
            }
            else
            {
                at = rest.IndexOfAny(q, (byte)'\r', (byte)'\n');
                if (at >= 0 && rest[at] == q)
                {
                    var place = _scan + at;
                    _inQuotes = place == _start || _buffer[place - 1] == delimiter || place - 1 == _lastClose;
                    _scan = place + 1;
                    continue;
                }
            }

            if (at < 0)
            {
                _scan = _end;
                break;
            }

            _scan += at;
            length = _scan - _start;
            ends = EndLength(rest[at..]);
            return true;
        }

        length = _end - _start;
        return false;
    }

    private static int EndLength(ReadOnlySpan<byte> at) => at[0] == (byte)'\r' && at.Length > 1 && at[1] == (byte)'\n' ? 2 : 1;

    private int FirstEnd(int length, out int ends)
    {
        var at = _buffer.AsSpan(_start, length).IndexOfAny((byte)'\r', (byte)'\n');
        if (at < 0)
        {
            ends = _scan < _end ? EndLength(_buffer.AsSpan(_scan, _end - _scan)) : 0;
            return length;
        }

        ends = EndLength(_buffer.AsSpan(_start + at, _end - _start - at));
        return at;
    }

    private bool FirstLine(RecordFault fault, out RecordSlice record)
    {
        var length = _firstLineEnd - _start;
        var ends = _firstLineNext - _firstLineEnd;
        _inQuotes = false;
        return Take(length, length, ends, fault, out record);
    }

    // kept: bytes handed out; length: bytes before the line end; ends: bytes of the line end.
    private bool Take(int kept, int length, int ends, RecordFault fault, out RecordSlice record)
    {
        record = new RecordSlice(_start, kept, Lines + 1, fault);
        var next = _start + length + ends;
        _skipLf = ends == 1 && _buffer[_start + length] == (byte)'\r' && next == _end;
        Lines += 1 + (quote is null || fault != RecordFault.None ? 0 : LineEnds(_buffer.AsSpan(_start, length)));
        Offset += length + ends + _dropped;
        _dropped = 0;
        _start = _scan = next;
        _firstLineEnd = _lastClose = -1;
        _inQuotes = false;
        return true;
    }

    private static long LineEnds(ReadOnlySpan<byte> bytes)
    {
        var count = 0L;
        int at;
        while ((at = bytes.IndexOfAny((byte)'\r', (byte)'\n')) >= 0)
        {
            count++;
            bytes = bytes[(at + EndLength(bytes[at..]))..];
        }

        return count;
    }
}
