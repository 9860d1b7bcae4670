// Appends epochs to files so that each is there once after any crash: append, flush to disk, note in the manifest how long the files are now; at the next start cut off what was not committed.
// In a folder a file ends when it is large or old, and appears under its final name once all of it is committed. One object per run and sink, shared by the writers of all partitions; a gate keeps their bytes apart.
using System.Runtime.ExceptionServices;
using StreamLinq.Embedded;

namespace StreamLinq.Sinks;

internal sealed class EpochFiles : IAsyncDisposable
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

    private readonly IStorage _storage;
    private readonly FileTarget _target;
    private readonly ManifestFile _manifest;
    private readonly FileSinkOptions _options;
    private readonly ReadOnlyMemory<byte> _header;
    private readonly TimeProvider _clock;
    private readonly ITimer _timer;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly Lock _sync = new();
    private readonly Dictionary<string, GrowingFile> _active = new(StringComparer.Ordinal);
    private readonly List<GrowingFile> _ended = [];
    private readonly List<long> _gone = [];
    private readonly HashSet<GrowingFile> _unflushed = [];
    private readonly HashSet<string> _newNames = new(StringComparer.Ordinal);
    private Task _ticks = Task.CompletedTask;
    private Exception? _failure;
    private long _committed;
    private bool _closed;

    private EpochFiles(IStorage storage, FileTarget target, ManifestFile manifest, FileSinkOptions options, ReadOnlyMemory<byte> header, TimeProvider clock, long committed)
    {
        (_storage, _target, _manifest, _options, _header, _clock, _committed) = (storage, target, manifest, options, header, clock, committed);
        foreach (var file in manifest.Content.Files.Values)
        {
            if (_active.Remove(file.Folder, out var earlier)) _ended.Add(earlier);
            _active[file.Folder] = new GrowingFile(file.Number, file.Folder, new DateTimeOffset(file.MadeAt, TimeSpan.Zero))
            {
                Length = manifest.Content.LengthAfter(committed, file.Number) ?? 0,
                LastEpoch = manifest.Content.LastEpochOf(file.Number),
            };
        }

        _timer = clock.CreateTimer(_ => Tick(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    // A file that rows are appended to. The file whose name the user gave is one that never ends.
    private sealed class GrowingFile(long number, string folder, DateTimeOffset madeAt)
    {
        internal long Number { get; } = number;

        internal string Folder { get; } = folder;

        internal DateTimeOffset MadeAt { get; } = madeAt;

        internal long Length { get; set; }

        internal long LastEpoch { get; set; } = -1;

        // Whether this run has looked at how it begins and ends.
        internal bool IsChecked { get; set; }
    }

    // Header: the first line of every file; empty if there is none.
    internal static async ValueTask<EpochFiles> OpenAsync(
        IStorage storage, FileTarget target, FileSinkOptions options, ReadOnlyMemory<byte> header, SinkContext context, long rewriteBytes, CancellationToken cancellationToken)
    {
        ManifestFile? manifest = null;
        await storage.RunAsync(
            () => manifest = ManifestFile.Replace(storage, target, EpochFilesRecovery.Run(storage, target, context.QueryId, context.LastCommittedEpoch), rewriteBytes), cancellationToken).ConfigureAwait(false);
        var files = new EpochFiles(storage, target, manifest!, options, header, context.TimeProvider, context.LastCommittedEpoch ?? -1);
        try
        {
            await files.InGateAsync(() => files.Finish(everything: false), cancellationToken).ConfigureAwait(false);
            return files;
        }
        catch
        {
            await files.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    // Pieces: what to append, by partition folder. Complete: nothing of the epoch follows from this writer, and all that was appended is flushed to disk.
    internal ValueTask AppendAsync(long epoch, IReadOnlyDictionary<string, ReadOnlyMemory<byte>> pieces, bool complete, CancellationToken cancellationToken) => InGateAsync(
        () =>
        {
            Append(epoch, pieces);
            if (complete) Flush(epoch);
        },
        cancellationToken);

    internal ValueTask CommitAsync(long epoch, CancellationToken cancellationToken) => InGateAsync(
        () =>
        {
            _committed = Math.Max(_committed, epoch);
            Finish(everything: false);
        },
        cancellationToken);

    // What is committed appears. After an error, and with rows that are not committed, a file stays as a crash would leave it, for the next start.
    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync().ConfigureAwait(false);
        Task ticks;
        lock (_sync)
        {
            _closed = true;
            ticks = _ticks;
        }

        await ticks.ConfigureAwait(false);
        try
        {
            if (_failure is null) await InGateAsync(() => Finish(everything: true), CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            _manifest.Dispose();
            _gate.Dispose();
        }
    }

    // After an error nobody knows how far the last call has come: the next start finds out.
    private async ValueTask InGateAsync(Action work, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_failure is not null) ExceptionDispatchInfo.Throw(_failure);
            await _storage.RunAsync(work, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            _failure ??= e;
            throw;
        }
        finally
        {
            _gate.Release();
        }
    }

    private void Append(long epoch, IReadOnlyDictionary<string, ReadOnlyMemory<byte>> pieces)
    {
        var now = _clock.GetUtcNow();
        var made = new List<ManifestEntry>();
        var work = new List<(GrowingFile File, ReadOnlyMemory<byte> Rows)>();
        foreach (var (folder, rows) in pieces)
            if (!rows.IsEmpty) work.Add((FileFor(epoch, folder, rows.Length, now, made), rows));
        // A file is noted before it is made: one of which nobody knows never exists.
        if (made.Count > 0) Note(new ManifestRecord { Files = [.. made] });
        foreach (var (file, rows) in work) Write(epoch, file, rows);
        if (made.Count > 0) SetTimer(now);
    }

    private GrowingFile FileFor(long epoch, string folder, int bytes, DateTimeOffset now, List<ManifestEntry> made)
    {
        if (_active.TryGetValue(folder, out var file))
        {
            // An epoch does not end its own files because of their age: with an age of zero it would make one for each write.
            if (!_target.IsFolder || (file.LastEpoch == epoch || !IsOld(file, now)) && file.Length + bytes <= _options.MaxFileBytes && BeginsWithHeader(file)) return file;
            _ended.Add(file);
        }

        _active[folder] = file = new(_manifest.Content.NextNumber + made.Count, folder, now);
        foreach (var name in new[] { _target.OpenName(folder, file.Number), _target.FinalName(folder, file.Number) })
        {
            using var other = _storage.Open(name, create: false);
            if (other is not null) throw Foreign(name, other.Length, 0);
        }

        made.Add(new ManifestEntry(file.Number, folder, now.UtcTicks));
        return file;
    }

    private void Write(long epoch, GrowingFile file, ReadOnlyMemory<byte> rows)
    {
        var name = _target.OpenName(file.Folder, file.Number);
        using var stream = _storage.Open(name, create: file.Length == 0);
        if (stream?.Length != file.Length) throw Foreign(name, stream?.Length ?? 0, file.Length);
        if (file.Length == 0) _newNames.Add(EpochFilesRecovery.FolderOf(name));
        var before = file.Length == 0 ? _header : file.IsChecked ? default : EndOfLine(name, stream);
        file.IsChecked = true;
        file.LastEpoch = epoch;
        _unflushed.Add(file);
        if (!before.IsEmpty) stream.Write(file.Length, before.Span);
        stream.Write(file.Length + before.Length, rows.Span);
        file.Length += before.Length + rows.Length;
    }

    // What must stand before the first rows this run appends to the file that the user named: the end of the last line, if somebody else wrote it.
    private ReadOnlyMemory<byte> EndOfLine(string name, IStorageFile stream)
    {
        if (!StartsWithHeader(stream))
            throw new StreamLinqException("SLQ2034", $"{_target.PathOf(name)} begins with other columns than the rows of this query have. Write to another file, or move this one away.");
        Span<byte> last = stackalloc byte[1];
        _ = stream.Read(stream.Length - 1, last);
        return last[0] == '\n' ? default : "\n"u8.ToArray();
    }

    // A file that an earlier run of the query has left open, with other columns, is ended and not continued.
    private bool BeginsWithHeader(GrowingFile file)
    {
        if (file.IsChecked || file.Length == 0) return true;
        using var stream = _storage.Open(_target.OpenName(file.Folder, file.Number), create: false);
        return stream is null || StartsWithHeader(stream);
    }

    private bool StartsWithHeader(IStorageFile stream)
    {
        var start = new byte[_header.Length];
        return stream.Read(0, start) == start.Length && start.AsSpan().SequenceEqual(_header.Span);
    }

    private void Flush(long epoch)
    {
        if (_unflushed.Count == 0) return;
        foreach (var file in _unflushed)
        {
            var name = _target.OpenName(file.Folder, file.Number);
            using var stream = _storage.Open(name, create: false) ?? throw Foreign(name, 0, file.Length);
            stream.Flush();
        }

        foreach (var folder in _newNames) _storage.FlushFolder(folder);
        Note(new ManifestRecord { Epoch = epoch, Lengths = [.. _unflushed.Select(f => new ManifestLength(f.Number, f.Length))] });
        _newNames.Clear();
        _unflushed.Clear();
    }

    // Ends what is large or old (or all), and gives the files that have ended their names if all they hold is committed. The promise is on disk before the first name changes.
    private void Finish(bool everything)
    {
        if (!_target.IsFolder) return;
        var now = _clock.GetUtcNow();
        foreach (var file in _active.Values.Where(f => everything || IsOld(f, now) || f.Length >= _options.MaxFileBytes).ToList())
        {
            _active.Remove(file.Folder);
            _ended.Add(file);
        }

        var finished = _ended.Where(f => f.LastEpoch <= _committed && !_unflushed.Contains(f)).ToList();
        if (finished.Count > 0)
        {
            var numbers = finished.Select(f => f.Number).ToArray();
            Note(new ManifestRecord { Finished = numbers });
            var folders = new HashSet<string>(StringComparer.Ordinal);
            foreach (var file in finished)
            {
                var (open, final) = (_target.OpenName(file.Folder, file.Number), _target.FinalName(file.Folder, file.Number));
                _storage.Rename(open, final);
                folders.Add(EpochFilesRecovery.FolderOf(final));
            }

            foreach (var folder in folders) _storage.FlushFolder(folder);
            _ended.RemoveAll(finished.Contains);
            _gone.AddRange(numbers);
        }

        SetTimer(now);
    }

    // That names have changed is told with the next record: until then a restart looks at these files once more.
    private void Note(ManifestRecord record)
    {
        _manifest.Append(record with { Gone = _gone.Count > 0 ? [.. _gone] : null });
        _gone.Clear();
    }

    // A clock that was set back must not hide a file for long.
    private bool IsOld(GrowingFile file, DateTimeOffset now) => _options.MaxFileAge != Timeout.InfiniteTimeSpan && (now < file.MadeAt || now - file.MadeAt >= _options.MaxFileAge);

    // For a query that comes to rest. A file with rows that are not committed is looked at when they are.
    private void SetTimer(DateTimeOffset now)
    {
        if (_closed || !_target.IsFolder || _options.MaxFileAge == Timeout.InfiniteTimeSpan) return;
        var wait = Timeout.InfiniteTimeSpan;
        foreach (var file in _active.Values)
        {
            var left = IsOld(file, now) ? LongestWait : _options.MaxFileAge - (now - file.MadeAt);
            if (wait == Timeout.InfiniteTimeSpan || left < wait) wait = left < LongestWait ? left : LongestWait;
        }

        _timer.Change(wait, Timeout.InfiniteTimeSpan);
    }

    private void Tick()
    {
        lock (_sync)
            if (!_closed) _ticks = TickAsync(_ticks);
    }

    // What fails here is thrown by the next call.
    private async Task TickAsync(Task before)
    {
        await before.ConfigureAwait(false);
        await InGateAsync(() => Finish(everything: false), CancellationToken.None).AsTask().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private StreamLinqException Foreign(string name, long found, long left) => new("SLQ2032",
        $"{_target.PathOf(name)} has {found} bytes, but this query has left it with {left}: somebody else writes to it. Give every query a file of its own.");
}
