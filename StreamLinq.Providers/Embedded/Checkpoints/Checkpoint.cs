// A query's durable memory: the plan of each epoch before it runs, what it changed when it is done, and all of it back at the next start.
// An epoch counts from the moment its commit record is durable; its delta is durable before that. Deltas are folded into the base in the background;
// a fold counts from the moment the manifest is renamed. So a crash anywhere leaves the state of the last commit.
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;

namespace StreamLinq.Embedded;

/// <summary>A checkpoint. One caller at a time: the epoch loop. Disposal waits for a fold that is running.</summary>
internal sealed partial class Checkpoint : IAsyncDisposable
{
    private readonly IStorage _storage;
    private readonly string _location;
    private readonly CheckpointOptions _options;
    private readonly ILogger _logger;
    private readonly IDisposable _lock;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Stack<StateDelta> _deltas = new();
    private readonly bool _isNew;
    private Manifest _manifest;
    private EpochLog? _epochs;
    private DeltaLog? _log;
    private BaseStore? _base;
    private ColdStore? _cold;
    private bool _isDisposed;
    private Exception? _failure;
    private long _unfoldedBytes;
    private long _unfoldedEntries;
    private int _unfoldedEpochs;
    private long _foldBegun;

    private Checkpoint(IStorage storage, string location, CheckpointOptions options, ILogger logger, IDisposable folderLock, Manifest manifest, bool isNew)
    {
        _storage = storage;
        _location = location;
        _options = options;
        _logger = logger;
        _lock = folderLock;
        _manifest = manifest;
        _isNew = isNew;
    }

    /// <summary>The query's id: made at the first start, the same ever after.</summary>
    internal Guid QueryId => _manifest.QueryId;

    /// <summary>A random number, made at the first start, that seeds every hash of keys from outside.</summary>
    internal ulong Seed => _manifest.Seed;

    /// <summary>The plan of the last committed epoch; null before the first.</summary>
    internal EpochPlan? LastCommitted => _epochs?.LastCommitted;

    /// <summary>The plans of the committed epochs that are kept, oldest first.</summary>
    internal IEnumerable<EpochPlan> Committed => _epochs?.Committed ?? [];

    /// <summary>A plan that was logged and not committed: it must run again, exactly. Null: none.</summary>
    internal EpochPlan? Pending => _epochs?.Pending;

    /// <summary>What the logs and the base take in memory.</summary>
    internal long MemoryBytes => (_base?.MemoryBytes ?? 0) + ((long)_manifest.Layout.PageBytes * _options.PagesInMemory);

    /// <summary>What the state takes.</summary>
    internal StateSizes Sizes => new(_unfoldedBytes, _unfoldedEntries, _base?.Bytes ?? (_manifest.Base is { } stored ? stored.End - stored.Begin : 0));

    /// <summary>
    /// Opens a checkpoint, or begins one in an empty folder. Then adopt the query's state, restore, and run.
    /// Throws SLQ2040 (in use), SLQ2041 (not a checkpoint), SLQ2042 (damaged) and SLQ2044 (newer format).
    /// </summary>
    internal static async ValueTask<Checkpoint> OpenAsync(
        IStorage storage, string location, string queryIdentity, IReadOnlyList<string> sourceNames, CheckpointOptions options, ILogger logger, CancellationToken cancellationToken)
    {
        Checkpoint? result = null;
        await storage.RunAsync(Open, cancellationToken).ConfigureAwait(false);
        return result!;

        void Open()
        {
            var folderLock = storage.Lock();
            try
            {
                storage.Delete(Manifest.TemporaryName);
                var manifest = Manifest.Read(storage);
                if (manifest is null && storage.List("").FirstOrDefault(IsOurs) is { } found)
                    throw CheckpointErrors.NotACheckpoint(location, found);
                var seed = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));
                result = new Checkpoint(
                    storage,
                    location,
                    options,
                    logger,
                    folderLock,
                    manifest ?? new Manifest(Manifest.KnownVersion, Guid.NewGuid(), seed, queryIdentity, [.. sourceNames], [], options.Layout, 0, null),
                    manifest is null);
                if (manifest is not null)
                {
                    result._epochs = EpochLog.Open(storage, logger, options.RetainedEpochs);
                    result.ThrowIfEpochsAreLost();
                }
            }
            catch
            {
                result?._epochs?.Dispose();
                folderLock.Dispose();
                throw;
            }
        }

        static bool IsOurs(string name) =>
            name == EpochLog.FileName || name.StartsWith(DeltaLog.Folder + "/", StringComparison.Ordinal) || name.StartsWith(BaseStore.Folder + "/", StringComparison.Ordinal);
    }

    /// <summary>Up to which epoch the base has everything.</summary>
    internal long FoldedThrough => _manifest.Base?.FoldedThrough ?? long.MinValue;

    /// <summary>Logs a plan; it is durable when this completes.</summary>
    internal ValueTask LogPlanAsync(EpochPlan plan, CancellationToken cancellationToken)
    {
        if (plan.Epoch <= (LastCommitted?.Epoch ?? long.MinValue))
            throw new ArgumentException($"Epoch {plan.Epoch} is not after the last committed one, {LastCommitted!.Epoch}.", nameof(plan));
        return GuardAsync(() => _storage.RunAsync(() => Epochs.Append(new EpochRecord(EpochRecordKind.Plan, plan.Epoch, Plan: plan)), cancellationToken));
    }

    /// <summary>An empty buffer for an epoch's changes; it goes back with the commit.</summary>
    internal StateDelta BeginDelta(long epoch)
    {
        if (_adopted is { } adopted && adopted.Epoch == epoch)
        {
            _adopted = null;
            return adopted;
        }

        if (!_deltas.TryPop(out var delta))
            delta = NewDelta();
        delta.Begin(epoch);
        return delta;
    }

    /// <summary>Commits an epoch whose plan is logged. Its changes and the fact are durable when this completes. A fold that failed in the background is thrown here.</summary>
    internal async ValueTask CommitAsync(long epoch, StateDelta delta, CancellationToken cancellationToken)
    {
        if (delta.Epoch != epoch)
            throw new ArgumentException($"The delta was begun for epoch {delta.Epoch}, not {epoch}.", nameof(delta));
        var plan = Pending;
        if (plan?.Epoch != epoch)
            throw new ArgumentException($"Epoch {epoch} cannot be committed: the next logged one is {plan?.Epoch.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "not there"}.", nameof(epoch));
        if (_fold.IsCompleted)
            await GuardAsync(() => new ValueTask(_fold)).ConfigureAwait(false);
        await GuardAsync(CommitCoreAsync).ConfigureAwait(false);
        _deltas.Push(delta);
        Interlocked.Increment(ref _unfoldedEpochs);
        Interlocked.Add(ref _unfoldedBytes, delta.Bytes);
        Interlocked.Add(ref _unfoldedEntries, delta.Count);
        var isTime = _unfoldedEpochs > _options.FoldAfterEpochs && Math.Abs(plan.ClockUtcTicks - _foldBegun) >= _options.FoldEvery.Ticks;   // also if the clock was set back
        if (_unfoldedBytes > _options.FoldAfterBytes || isTime)
        {
            _foldBegun = plan.ClockUtcTicks;
            BeginFold();
        }

        if (_unfoldedBytes > _options.FoldAfterBytes * BacklogsBeforeHurry)
            _hurry.TrySetResult();

        async ValueTask CommitCoreAsync()
        {
            // Once begun, a commit is not cancelled: the epoch would be neither in nor out.
            cancellationToken.ThrowIfCancellationRequested();
            var range = await _log!.AppendAsync(delta, CancellationToken.None).ConfigureAwait(false);
            await _storage.RunAsync(() => AppendCommit(range), CancellationToken.None).ConfigureAwait(false);
        }

        void AppendCommit(DeltaRange range)
        {
            Epochs.Append(new EpochRecord(EpochRecordKind.Commit, epoch, Delta: range));
            Epochs.Bound(FoldedThrough);
        }
    }

    /// <summary>Takes the last commit back; its plan stays. At the next start that epoch is pending, and the state is that of the epoch before.</summary>
    internal async ValueTask ForgetLastCommitAsync(CancellationToken cancellationToken)
    {
        var last = LastCommitted ?? throw new InvalidOperationException("No epoch is committed.");
        await GuardAsync(() => new ValueTask(_fold)).ConfigureAwait(false);
        if (last.Epoch <= FoldedThrough)
            throw new InvalidOperationException($"Epoch {last.Epoch} is folded into the base; the state before it is gone. Only one commit can be taken back.");
        await GuardAsync(() => _storage.RunAsync(() => Epochs.Append(new EpochRecord(EpochRecordKind.Forget, last.Epoch)), cancellationToken)).ConfigureAwait(false);
    }

    /// <summary>Copies the state of the last committed epoch as a savepoint. Between two epochs, and with no commit under way.</summary>
    internal async ValueTask ExportAsync(IStorage to, CancellationToken cancellationToken)
    {
        _hurry.TrySetResult();
        await GuardAsync(() => new ValueTask(_fold)).ConfigureAwait(false);
        await _storage.RunAsync(() => Savepoint.CopyTo(_storage, to, _manifest, cancellationToken), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _fold.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_fold.Exception is { } failed && _failure is null)
            LogFoldFailed(_logger, _location, failed.GetBaseException());

        foreach (var part in new IDisposable?[] { _cold, _base, _log, _epochs, _lock, _stopping })
        {
            try
            {
                part?.Dispose();
            }
            catch (Exception e)
            {
                LogDisposeFailed(_logger, _location, e);
            }
        }
    }

    private EpochLog Epochs => _epochs ?? throw new InvalidOperationException("The query's state is adopted before the first epoch.");

    // The base holds committed epochs only, and a delta is written after the plan of its epoch. Going on from an earlier epoch than the base would count rows twice.
    private void ThrowIfEpochsAreLost()
    {
        var last = LastCommitted?.Epoch ?? -1;
        if (FoldedThrough > last) throw CheckpointErrors.Damaged(_location, EpochLog.FileName, $"the last epoch is {last}, and the base holds epochs up to {FoldedThrough}");
        if (LastCommitted is null && Pending is null && _storage.List(DeltaLog.Folder).Count > 0) throw CheckpointErrors.Damaged(_location, EpochLog.FileName, "there is no epoch, and there are deltas of some");
    }

    private IEnumerable<KeyValuePair<long, DeltaRange>> Unfolded()
    {
        var folded = FoldedThrough;
        return Epochs.Commits.Where(c => c.Key > folded);
    }

    // After a failed write nobody knows what is on the disk; only opening it again tells.
    private async ValueTask GuardAsync(Func<ValueTask> work)
    {
        if (_failure is not null)
            throw CheckpointErrors.WriteFailed(_location, _failure);
        try
        {
            await work().ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            _failure = e;
            if (e is StreamLinqException)
                throw;
            throw CheckpointErrors.WriteFailed(_location, e);
        }
    }

    [LoggerMessage(2041, LogLevel.Error, "Folding the deltas of the checkpoint in {Location} into its base failed. Nothing is lost; the next run folds them again.")]
    private static partial void LogFoldFailed(ILogger logger, string location, Exception exception);

    [LoggerMessage(2042, LogLevel.Warning, "Closing the checkpoint in {Location} after a failure failed too.")]
    private static partial void LogDisposeFailed(ILogger logger, string location, Exception exception);
}
