// Savepoints of a query that runs: made by its own loop, between two epochs, so that nothing of it is written meanwhile and the copy is what a stopped query would leave.
namespace StreamLinq.Embedded;

internal sealed partial class EmbeddedQuery
{
    private readonly Queue<AskedSavepoint> _savepoints = new();
    private CancellationTokenSource _saving = new();

    private sealed record AskedSavepoint(string Folder, TaskCompletionSource Done, CancellationToken Cancelled);

    public override async Task SavepointAsync(string folder, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (_run.Checkpoint is null) throw CheckpointErrors.NotASavepoint(folder, $"query '{Name}' has no checkpoint that could be copied to it. Set CheckpointLocation.");
        var asked = new AskedSavepoint(folder, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), cancellationToken);
        CancellationTokenSource saving;
        lock (_lock)
        {
            _savepoints.Enqueue(asked);
            saving = _saving;
        }

        await saving.CancelAsync().ConfigureAwait(false);
        if (Completion.IsCompleted) RefuseSavepoints();
        await asked.Done.Task.ConfigureAwait(false);
    }

    // Waits until what is waited for is there, somebody wakes the loop, asks for a savepoint or for its end. The loop looks which.
    private async Task UntilSavepointAsync(Func<CancellationToken, Task> wait, CancellationToken wake)
    {
        CancellationTokenSource saving;
        lock (_lock) saving = _saving;
        using var any = CancellationTokenSource.CreateLinkedTokenSource(wake, saving.Token, _stopping.Token);
        try
        {
            await wait(any.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (any.IsCancellationRequested)
        {
            // Woken.
        }
    }

    // A copy that fails is told to who asked for it; the query goes on.
    private async Task MakeSavepointsAsync()
    {
        while (Next() is { } asked)
        {
            await _run.SettleAsync().ConfigureAwait(false);
            try
            {
                await _run.Checkpoint!.ExportAsync(_run.StorageAt(asked.Folder), asked.Cancelled).ConfigureAwait(false);
                asked.Done.TrySetResult();
            }
            catch (OperationCanceledException) when (asked.Cancelled.IsCancellationRequested)
            {
                asked.Done.TrySetCanceled(asked.Cancelled);
            }
            catch (Exception error)
            {
                asked.Done.TrySetException(error);
            }
        }

        AskedSavepoint? Next()
        {
            lock (_lock)
            {
                if (_savepoints.TryDequeue(out var asked)) return asked;
                if (_saving.IsCancellationRequested) _saving = new CancellationTokenSource();
                return null;
            }
        }
    }

    private void RefuseSavepoints()
    {
        lock (_lock)
        {
            while (_savepoints.TryDequeue(out var asked))
                asked.Done.TrySetException(_failure ?? (Exception)new InvalidOperationException($"Query '{Name}' has ended. Copy its checkpoint with StreamCheckpoint.ExportAsync."));
        }
    }
}
