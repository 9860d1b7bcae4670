// Deltas go into the base in the background, record by record and at a bounded rate, so that the query keeps its processor and its disk; what somebody waits for, or what has piled up, is folded as fast as it can be.
// A fold counts from the moment the manifest is renamed. One that is cut short is begun anew.
namespace StreamLinq.Embedded;

internal sealed partial class Checkpoint
{
    private const int BacklogsBeforeHurry = 4;

    // Timers are no finer.
    private static readonly TimeSpan ShortestRest = TimeSpan.FromMilliseconds(2);

    private Task _fold = Task.CompletedTask;
    private TaskCompletionSource _hurry = new();

    /// <summary>Folds every committed delta but the newest into the base now.</summary>
    internal async ValueTask FoldAsync(CancellationToken cancellationToken)
    {
        _hurry.TrySetResult();
        await GuardAsync(() => new ValueTask(_fold)).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        BeginFold();
        _hurry.TrySetResult();
        await GuardAsync(() => new ValueTask(_fold)).ConfigureAwait(false);
    }

    /// <summary>Folds in the background, unless that is under way or there is nothing to fold.</summary>
    internal void BeginFold()
    {
        if (!_fold.IsCompleted)
            return;
        var unfolded = Unfolded().ToList();
        if (unfolded.Count <= 1)
            return;
        _hurry = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _fold = FoldCoreAsync(unfolded, _hurry.Task, _stopping.Token);
    }

    // The newest commit is left out: the state before it must be there if it is taken back.
    private async Task FoldCoreAsync(List<KeyValuePair<long, DeltaRange>> unfolded, Task hurry, CancellationToken cancellationToken)
    {
        var folded = unfolded[..^1];
        var store = _base ??= await BaseStore.OpenAsync(_storage, _manifest.Layout, _options, Seed, _manifest.Base, cancellationToken).ConfigureAwait(false);
        using (var deltas = _log!.Read(folded))
        using (var writer = store.Write())
        {
            var owed = TimeSpan.Zero;
            foreach (var (epoch, delta) in folded)
            {
                using var parts = deltas.Read(epoch, delta, writer.Write).GetEnumerator();
                while (await NextAsync(parts).ConfigureAwait(false))
                {
                    if (hurry.IsCompleted || _options.FoldBytesPerSecond == long.MaxValue)
                        continue;
                    owed += TimeSpan.FromSeconds((double)parts.Current / _options.FoldBytesPerSecond);
                    if (owed < ShortestRest)
                        continue;
                    await Task.WhenAny(hurry, Task.Delay(owed, cancellationToken)).ConfigureAwait(false);
                    owed = TimeSpan.Zero;
                }
            }
        }

        cancellationToken.ThrowIfCancellationRequested();
        var stored = await store.CheckpointAsync(folded[^1].Key).ConfigureAwait(false);
        await _storage.RunAsync(Count, CancellationToken.None).ConfigureAwait(false);

        // Record by record: a delta may be of any size, and whoever stops the query waits for this.
        async ValueTask<bool> NextAsync(IEnumerator<int> parts)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var isThere = false;
            await _storage.RunAsync(() => isThere = parts.MoveNext(), cancellationToken).ConfigureAwait(false);
            store.ThrowIfFailed();
            return isThere;
        }

        void Count()
        {
            var manifest = _manifest.After(folded[^1].Key) with { DeltaBegin = unfolded[^1].Value.From, Base = stored };
            manifest.Write(_storage);
            _manifest = manifest;
            store.Counted(stored);
            _log!.Truncate(manifest.DeltaBegin);
            Interlocked.Add(ref _unfoldedEpochs, -folded.Count);
            Interlocked.Add(ref _unfoldedBytes, -folded.Sum(f => f.Value.Bytes));
            Interlocked.Add(ref _unfoldedEntries, -folded.Sum(f => f.Value.Entries));
        }
    }
}
