// The end of a query: what the stages bring is consolidated by the table's mode and written to the sink, epoch by epoch.
namespace StreamLinq.Embedded;

/// <summary>One output of a running query.</summary>
internal interface IQueryOutput : IAsyncDisposable
{
    string Description { get; }

    SinkFeatures Features { get; }

    /// <summary>Rows written in the running epoch.</summary>
    long Rows { get; }

    /// <summary>What its writer waits for; null while all is well.</summary>
    string? Trouble { get; }

    ValueTask OpenAsync(SinkContext context, CancellationToken cancellationToken);

    /// <summary>Whether <see cref="DrainAsync"/> would write something.</summary>
    bool HasUnwritten { get; }

    /// <summary>Writes what a stream has brought so far, so that nothing piles up; a table waits for the end of the epoch.</summary>
    ValueTask DrainAsync(long epoch, CancellationToken cancellationToken);

    /// <summary>Writes what is left and flushes the sink.</summary>
    ValueTask FinishAsync(long epoch, CancellationToken cancellationToken);

    ValueTask CommitAsync(long epoch, CancellationToken cancellationToken);

    ValueTask FailAsync(Exception error);
}

/// <summary>What all outputs do alike: they hold the sink's writer and count.</summary>
internal abstract class QueryOutput<T>(IStreamSink<T> sink) : IQueryOutput
{
    private IStreamSinkWriter<T>? _writer;

    public string Description => sink.Description;

    public SinkFeatures Features => sink.Features;

    public long Rows { get; private set; }

    public string? Trouble => (_writer as IConnectionState)?.Trouble;

    public async ValueTask OpenAsync(SinkContext context, CancellationToken cancellationToken) => _writer = await sink.OpenAsync(context, cancellationToken).ConfigureAwait(false);

    public virtual bool HasUnwritten => false;

    public virtual ValueTask DrainAsync(long epoch, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public async ValueTask FinishAsync(long epoch, CancellationToken cancellationToken)
    {
        await WriteRestAsync(epoch, cancellationToken).ConfigureAwait(false);
        await _writer!.FlushAsync(epoch, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask CommitAsync(long epoch, CancellationToken cancellationToken)
    {
        await _writer!.CommitAsync(epoch, cancellationToken).ConfigureAwait(false);
        Rows = 0;
    }

    public async ValueTask FailAsync(Exception error)
    {
        if (_writer is not null) await _writer.FailAsync(error, CancellationToken.None).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        if (_writer is not null) await _writer.DisposeAsync().ConfigureAwait(false);
    }

    private protected abstract ValueTask WriteRestAsync(long epoch, CancellationToken cancellationToken);

    private protected ValueTask WriteAsync(long epoch, bool replaces, ReadOnlyMemory<Change<T>> changes, CancellationToken cancellationToken)
    {
        Rows += changes.Length;
        return _writer!.WriteAsync(new SinkBatch<T>(epoch, replaces, changes), cancellationToken);
    }
}
