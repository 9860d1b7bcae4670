// Reads a piece of one file into rows, and knows after each row where it stands.
namespace StreamLinq.Sources;

/// <summary>A piece of a file: from a byte offset and line count up to a byte offset.</summary>
internal readonly record struct FilePiece(string Path, long From, long Lines, long Stop, DateTimeOffset ReadAt);

internal enum ScanEnd
{
    /// <summary>The piece has been read; a line without an end may be left if the piece is not final.</summary>
    Input,

    /// <summary>As many rows as asked for have been read.</summary>
    Limit,

    /// <summary>The next line is bad, and there are rows before it that should be delivered first.</summary>
    BadNext,
}

/// <summary>How all files of one source are read.</summary>
internal sealed record FileInput<T>(IFileStore Store, RecordFormat<T> Format, FileSourceOptions Options)
{
    internal async ValueTask<Stream> OpenAsync(string path, long offset, CancellationToken cancellationToken)
    {
        try
        {
            return await Store.OpenAsync(path, offset, cancellationToken).ConfigureAwait(false);
        }
        catch (FileNotFoundException e)
        {
            throw SourceErrors.Vanished(path, e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw SourceErrors.Missing(path, e);
        }
    }
}

internal sealed class FileScan<T> : IAsyncDisposable
{
    private readonly FileInput<T> _input;
    private readonly FilePiece _piece;
    private readonly bool _final;
    private readonly Stream _stream;
    private readonly RecordParser<T> _parser;
    private readonly RecordSplitter _splitter;
    private long _position;
    private bool _needsHeader;
    private RejectedLine? _bad;

    private FileScan(FileInput<T> input, FilePiece piece, bool final, Stream stream, RecordParser<T> parser, bool afterCr)
    {
        (_input, _piece, _final, _stream, _parser) = (input, piece, final, stream, parser);
        _splitter = new RecordSplitter(input.Options.MaxLineBytes, input.Format.Quote, input.Format.Delimiter, piece.From, piece.Lines, afterCr);
        _position = piece.From;
        _needsHeader = input.Format.HasHeader && piece.From == 0;
        (Bytes, Lines) = (piece.From, piece.Lines);
    }

    /// <summary>Where it stands: after the last row, reject or blank line.</summary>
    internal long Bytes { get; private set; }

    internal long Lines { get; private set; }

    internal static async ValueTask<FileScan<T>> OpenAsync(FileInput<T> input, FilePiece piece, bool final, CancellationToken cancellationToken)
    {
        var parser = input.Format.Open(piece.Path);
        if (input.Format.HasHeader && piece.From > 0) await ReadHeaderAsync(input, piece, parser, cancellationToken).ConfigureAwait(false);
        var stream = await input.OpenAsync(piece.Path, Math.Max(0, piece.From - 1), cancellationToken).ConfigureAwait(false);
        try
        {
            var before = new byte[1];
            var afterCr = piece.From > 0 && await stream.ReadAsync(before, cancellationToken).ConfigureAwait(false) == 1 && before[0] == (byte)'\r';
            return new FileScan<T>(input, piece, final, stream, parser, afterCr);
        }
        catch
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Reads up to a number of rows and rejects. <paramref name="any"/>: there are rows before them in the same plan.</summary>
    internal async ValueTask<ScanEnd> ReadAsync(RowBlocks<T> rows, List<RejectedLine> rejects, long most, bool any, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (Drain(rows, rejects, ref most) is { } end)
            {
                if (end == ScanEnd.BadNext && !any && rows.Count + rejects.Count == 0) throw SourceErrors.BadLine(_bad!);
                return end;
            }

            if (_position >= _piece.Stop) return ScanEnd.Input;
            var room = _splitter.GetMemory();
            var bytes = await _stream.ReadAsync(room[..(int)Math.Min(room.Length, _piece.Stop - _position)], cancellationToken).ConfigureAwait(false);
            if (bytes == 0) throw SourceErrors.Shrank(_piece.Path, _piece.Stop, _position);
            _splitter.Advance(bytes);
            _position += bytes;
        }
    }

    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    // Null: more bytes are needed.
    private ScanEnd? Drain(RowBlocks<T> rows, List<RejectedLine> rejects, ref long most)
    {
        while (most > 0)
        {
            if (_bad is not null) return ScanEnd.BadNext;
            var start = _splitter.Offset;
            if (!_splitter.TryRead(_final && _position >= _piece.Stop, out var record))
            {
                // The LF of a CR that was the last byte may have been passed over.
                if (!_splitter.HasRest) Bytes = _splitter.Offset;
                return null;
            }

            var bytes = _splitter.Bytes(record);
            if (start == 0 && bytes.StartsWith("\uFEFF"u8))
            {
                bytes = bytes[3..];
                if (bytes.IsEmpty && _splitter.Offset == 3) continue; // Nothing but the mark.
            }

            var reason = ShortReason.Fault(record.Fault, bytes, _input.Options.MaxLineBytes);
            if (_needsHeader && (reason is not null || !bytes.IsEmpty))
            {
                if (reason is not null) throw SourceErrors.Header(_piece.Path, reason);
                _parser.ReadHeader(bytes);
                _needsHeader = false;
            }
            else
            {
                T row = default!;
                var parsed = reason is not null ? Parsed.Bad : _parser.TryParse(bytes, record.Line, _piece.ReadAt, out row, out reason);
                if (parsed == Parsed.Bad)
                {
                    var line = RejectedLine.Of(_piece.Path, record.Line, reason!, bytes);
                    if (_input.Options.OnBadLine == BadLinePolicy.Fail)
                    {
                        _bad = line;
                        return ScanEnd.BadNext;
                    }

                    rejects.Add(line);
                    most--;
                }
                else if (parsed == Parsed.Row)
                {
                    rows.Add(row);
                    most--;
                }
            }

            (Bytes, Lines) = (_splitter.Offset, _splitter.Lines);
        }

        return Bytes >= _piece.Stop ? ScanEnd.Input : ScanEnd.Limit;
    }

    private static async ValueTask ReadHeaderAsync(FileInput<T> input, FilePiece piece, RecordParser<T> parser, CancellationToken cancellationToken)
    {
        var stream = await input.OpenAsync(piece.Path, 0, cancellationToken).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            var splitter = new RecordSplitter(input.Options.MaxLineBytes, input.Format.Quote, input.Format.Delimiter);
            for (var (position, open) = (0L, true); open;)
            {
                var room = splitter.GetMemory();
                var bytes = await stream.ReadAsync(room[..(int)Math.Min(room.Length, piece.From - position)], cancellationToken).ConfigureAwait(false);
                splitter.Advance(bytes);
                position += bytes;
                open = bytes > 0;
                if (TryHeader(splitter, parser, final: !open)) return;
            }
        }

        throw SourceErrors.Header(piece.Path, "there is no header");
    }

    private static bool TryHeader(RecordSplitter splitter, RecordParser<T> parser, bool final)
    {
        while (true)
        {
            var start = splitter.Offset;
            if (!splitter.TryRead(final, out var record)) return false;
            var bytes = splitter.Bytes(record);
            if (start == 0 && bytes.StartsWith("\uFEFF"u8)) bytes = bytes[3..];
            if (bytes.IsEmpty) continue;
            parser.ReadHeader(bytes);
            return true;
        }
    }
}
