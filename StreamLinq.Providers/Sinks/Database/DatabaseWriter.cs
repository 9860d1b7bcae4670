// Writes each epoch in one transaction, which holds its rows and its number and commits when the engine flushes: before the engine's own record of the epoch. If the process dies in between, the epoch
// comes again with the same rows, and its number says that they are in.
namespace StreamLinq.Sinks;

internal sealed class DatabaseWriter<T>(DatabaseSession session, DatabaseEpochs epochs, DatabaseStatements<T> statements, DatabaseChanges<T> changes, long last) : IStreamSinkWriter<T>
{
    private long _last = last;
    private long _epoch;
    private bool _cleared, _failed;

    public ValueTask WriteAsync(SinkBatch<T> batch, CancellationToken cancellationToken) => batch.Epoch <= _last ? ValueTask.CompletedTask : OrFailAsync(async () =>
    {
        if (!session.InTransaction) await BeginAsync(batch.Epoch, cancellationToken).ConfigureAwait(false);
        if (batch.Replaces && !_cleared) await statements.ClearAsync(cancellationToken).ConfigureAwait(false);
        _cleared = batch.Replaces;
        for (var i = 0; i < batch.Changes.Length; i++) await changes.AddAsync(batch.Changes.Span[i], cancellationToken).ConfigureAwait(false);
    });

    public ValueTask FlushAsync(long epoch, CancellationToken cancellationToken) => !session.InTransaction && !_failed ? ValueTask.CompletedTask : OrFailAsync(async () =>
    {
        await changes.WriteAsync(cancellationToken).ConfigureAwait(false);
        await session.CommitAsync(cancellationToken).ConfigureAwait(false);
        _last = _epoch;
        _cleared = false;
    });

    public ValueTask CommitAsync(long epoch, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask FailAsync(Exception error, CancellationToken cancellationToken) => session.DisposeAsync();

    public async ValueTask DisposeAsync()
    {
        statements.Dispose();
        await session.DisposeAsync().ConfigureAwait(false);
    }

    // Between two epochs a server or a firewall may have closed the connection. As long as nothing is written, another one is as good.
    private async ValueTask BeginAsync(long epoch, CancellationToken cancellationToken)
    {
        _epoch = epoch;
        try
        {
            await TryAsync().ConfigureAwait(false);
        }
        catch (StreamLinqException error) when (error.Code == DatabaseStep.Connect.Code)
        {
            await session.OpenAsync(cancellationToken).ConfigureAwait(false);
            await TryAsync().ConfigureAwait(false);
        }

        async ValueTask TryAsync()
        {
            await session.BeginAsync(cancellationToken).ConfigureAwait(false);
            await epochs.AdvanceAsync(_last, epoch, cancellationToken).ConfigureAwait(false);
        }
    }

    // An epoch of which a part could not be written is not flushed by a later call.
    private async ValueTask OrFailAsync(Func<ValueTask> work)
    {
        if (_failed) throw new InvalidOperationException($"{session.Sink}: the writer has failed before.");
        _failed = true;
        await work().ConfigureAwait(false);
        _failed = false;
    }
}
