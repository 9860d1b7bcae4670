// Appends epochs to files so that each is there once after any crash: note where the epoch begins and ends, append, flush to disk; at the next start cut off what was not committed.
// One object per run and sink, shared by the writers of all partitions; a lock keeps their bytes apart.
namespace StreamLinq.Sinks;

internal sealed class EpochFiles : IDisposable
{
    private readonly FileTarget _target;
    private readonly EpochManifest _manifest;
    private readonly ReadOnlyMemory<byte> _header;
    private readonly Dictionary<string, long> _lengths = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _gate = new(1, 1);

    private EpochFiles(FileTarget target, EpochManifest manifest, ReadOnlyMemory<byte> header) => (_target, _manifest, _header) = (target, manifest, header);

    // Header: the first line of every file; empty if there is none.
    internal static async ValueTask<EpochFiles> OpenAsync(FileTarget target, ReadOnlyMemory<byte> header, Guid queryId, long? lastCommitted, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(target.Root);
        var manifest = await EpochFilesRecovery.RunAsync(target, queryId, lastCommitted, cancellationToken).ConfigureAwait(false);
        return new(target, manifest, header);
    }

    // Pieces: what to append, by file. Complete: nothing of the epoch follows from this writer, and all of these files are flushed to disk, also those with nothing more to append.
    internal async ValueTask AppendAsync(long epoch, IReadOnlyDictionary<string, ReadOnlyMemory<byte>> pieces, bool complete, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var entry = _manifest.Entry(epoch);
            var work = new List<(string Name, ReadOnlyMemory<byte> Before, ReadOnlyMemory<byte> Rows)>();
            var changed = complete;
            foreach (var (name, rows) in pieces)
            {
                var before = await BeforeAsync(name, rows, cancellationToken).ConfigureAwait(false);
                work.Add((name, before, rows));
                var known = entry.TryGetValue(name, out var range);
                changed |= !known || range.To is not null;
                entry[name] = new(known ? range.From : _lengths[name], complete ? _lengths[name] + before.Length + rows.Length : null);
            }
            if (changed) await _manifest.SaveAsync(_target, cancellationToken).ConfigureAwait(false);
            foreach (var (name, before, rows) in work) await AppendAsync(name, before, rows, complete, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose() => _gate.Dispose();

    private async ValueTask AppendAsync(string name, ReadOnlyMemory<byte> before, ReadOnlyMemory<byte> rows, bool flush, CancellationToken cancellationToken)
    {
        var path = _target.PathOf(name)!;
        var isNew = !File.Exists(path);
        if (isNew) CreateFolder(path);
        var stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, useAsync: true);
        await using (stream.ConfigureAwait(false))
        {
            if (stream.Length != _lengths[name])
                throw new StreamLinqException("SLQ2032", $"{path} has {stream.Length} bytes, but this query has left it with {_lengths[name]}: somebody else writes to it. Give every query a file of its own.");
            stream.Seek(0, SeekOrigin.End);
            await stream.WriteAsync(before, cancellationToken).ConfigureAwait(false);
            await stream.WriteAsync(rows, cancellationToken).ConfigureAwait(false);
            if (flush) stream.Flush(flushToDisk: true);
        }
        _lengths[name] += before.Length + rows.Length;
        if (isNew) DurableFile.FlushDirectory(Path.GetDirectoryName(path)!);
    }

    // What must stand before the first rows this run appends to a file: the header of a new one, the end of the last line of one that somebody else wrote.
    private async ValueTask<ReadOnlyMemory<byte>> BeforeAsync(string name, ReadOnlyMemory<byte> rows, CancellationToken cancellationToken)
    {
        var path = _target.PathOf(name)!;
        var first = !_lengths.TryGetValue(name, out var length);
        if (first) _lengths[name] = length = File.Exists(path) ? new FileInfo(path).Length : 0;
        if (rows.IsEmpty) return default;
        if (length == 0) return _header;
        if (!first) return default;

        var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        await using (stream.ConfigureAwait(false))
        {
            var start = new byte[(int)Math.Min(_header.Length, length)];
            await stream.ReadExactlyAsync(start, cancellationToken).ConfigureAwait(false);
            if (!start.AsSpan().SequenceEqual(_header.Span))
                throw new StreamLinqException("SLQ2034", $"{path} begins with other columns than the rows of this query have. Write to another file, or move this one away.");
            stream.Seek(-1, SeekOrigin.End);
            return stream.ReadByte() == '\n' ? default : "\n"u8.ToArray();
        }
    }

    // Each new folder's name is flushed in the folder above it.
    private void CreateFolder(string path)
    {
        var missing = new Stack<string>();
        for (var folder = Path.GetDirectoryName(path)!; folder.Length > _target.Root.Length && !Directory.Exists(folder); folder = Path.GetDirectoryName(folder)!) missing.Push(folder);
        foreach (var folder in missing)
        {
            Directory.CreateDirectory(folder);
            DurableFile.FlushDirectory(Path.GetDirectoryName(folder)!);
        }
    }
}
