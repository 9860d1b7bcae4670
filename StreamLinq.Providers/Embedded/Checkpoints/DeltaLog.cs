// The deltas of epochs, as records of a FasterLog with a checksum each. What lies in it counts only where a commit in the epoch log points at it,
// so FASTER's own commits are kept nowhere: at a start the log goes on, with a fresh page, after the last delta that counts. That saves a flush per epoch.
using System.Globalization;
using FASTER.core;

namespace StreamLinq.Embedded;

/// <summary>Appends deltas and reads them back. Append and Truncate may run at the same time, reading with both.</summary>
internal sealed class DeltaLog : IDisposable
{
    internal const string Folder = "deltas";
    private const string LogName = Folder + "/log";
    private readonly IStorage _storage;
    private readonly DeviceFailure _failure = new();
    private readonly StorageDevice _device;
    private readonly FasterLog _log;
    private readonly int _flushBytes;
    private readonly long _segmentBytes;

    internal DeltaLog(IStorage storage, CheckpointLayout layout, CheckpointOptions options, long begin, long end)
    {
        _storage = storage;
        _segmentBytes = layout.SegmentBytes;
        _flushBytes = layout.PageBytes * (options.PagesInMemory / 2);
        _device = new StorageDevice(storage, LogName, _failure, keepsSegments: true);
        try
        {
            _log = new FasterLog(new FasterLogSettings
            {
                LogDevice = _device,
                LogCommitManager = new NoDeltaCommits(),
                PageSize = layout.PageBytes,
                MemorySize = (long)layout.PageBytes * options.PagesInMemory,
                SegmentSize = layout.SegmentBytes,
                LogChecksum = LogChecksumType.PerEntry,
                TryRecoverLatest = false,
                FastCommitMode = false,
            });
            if (end > 0)
                _log.Initialize(begin, (Math.Max(begin, end) + layout.PageBytes - 1) / layout.PageBytes * layout.PageBytes);
            _failure.ThrowIfFailed();
        }
        catch (Exception e)
        {
            Dispose();
            _failure.ThrowIfFailed();
            if (e is FasterException)
                throw CheckpointErrors.Damaged(storage.Location, LogName, "the log cannot be recovered", e);
            throw;
        }
    }

    /// <summary>Appends a delta; it is durable when this completes.</summary>
    internal async ValueTask<DeltaRange> AppendAsync(StateDelta delta, CancellationToken cancellationToken)
    {
        if (delta.Parts == 0)
            return new DeltaRange(_log.TailAddress, _log.TailAddress, 0, 0, 0, delta.Rows);
        var from = _log.TailAddress;
        await _storage.RunAsync(() => Append(delta), cancellationToken).ConfigureAwait(false);
        _failure.ThrowIfFailed();
        return new DeltaRange(from, _log.TailAddress, delta.Parts, delta.Count, delta.Bytes, delta.Rows);
    }

    /// <summary>Opens deltas for reading, in order.</summary>
    internal DeltaReader Read(IReadOnlyList<KeyValuePair<long, DeltaRange>> deltas) => new(_storage.Location, LogName, _failure, _log, deltas);

    /// <summary>Gives back the room before an address, in whole segments. FASTER deletes its segments when it next comes by, or never if it is closed before; so they are deleted here.</summary>
    internal void Truncate(long until)
    {
        if (until > _log.BeginAddress)
            _log.TruncateUntil(until);
        foreach (var name in _storage.List(Folder))
        {
            if (name.StartsWith(LogName + ".", StringComparison.Ordinal) && int.TryParse(name.AsSpan(LogName.Length + 1), CultureInfo.InvariantCulture, out var segment) && (segment + 1) * _segmentBytes <= until)
                _storage.Delete(name);
        }
    }

    public void Dispose()
    {
        _log?.Dispose();
        _device.Dispose();
    }

    // FASTER's memory holds a few pages: a large delta is committed in between, so that it never waits for room that nobody makes.
    private void Append(StateDelta delta)
    {
        long sinceCommit = 0;
        for (var part = 0; part < delta.Parts; part++)
        {
            var bytes = delta.Part(part);
            sinceCommit += bytes.Length;
            if (sinceCommit > _flushBytes)
            {
                _log.Commit(spinWait: true);
                sinceCommit = bytes.Length;
            }

            _ = _log.Enqueue(bytes);
        }

        _log.Commit(spinWait: true);
    }
}
