// Checks a sink against its contract by playing the engine: epochs, crashes at each point of an epoch, epochs and commits that come twice. Uses no test framework, so any can call it.
namespace StreamLinq;

/// <summary>Checks that a sink keeps the contract of <see cref="IStreamSink{T}"/>; for the tests of those who write sinks.</summary>
public static class SinkContract
{
    /// <summary>
    /// Writes the rows as a stream in five epochs, with crashes before and after the flush and before the commit, with epochs and commits that are repeated, and compares what can be read with what was
    /// written. A sink that is neither <see cref="SinkFeatures.IdempotentByEpoch"/> nor <see cref="SinkFeatures.Transactional"/> may hold rows of repeated epochs more than once; a transactional one must not
    /// show rows before their epoch commits.
    /// </summary>
    /// <param name="make">Makes the sink, each time as a new process would, over the same storage, which is empty at first.</param>
    /// <param name="rows">The rows to write, five or more; compared by Equals.</param>
    /// <param name="read">Reads all rows the storage holds now, in any order.</param>
    /// <param name="cancellationToken">Ends the check.</param>
    /// <exception cref="ContractViolationException">A rule is broken; it says which.</exception>
    /// <exception cref="ArgumentException">There are fewer than five rows.</exception>
    public static async Task VerifyAsync<T>(Func<IStreamSink<T>> make, IReadOnlyList<T> rows, Func<ValueTask<IReadOnlyList<T>>> read, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(make);
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(read);
        if (rows.Count < SinkContractRun<T>.Epochs) throw new ArgumentException($"{SinkContractRun<T>.Epochs} rows at least are needed, one for each epoch.", nameof(rows));
        var run = new SinkContractRun<T>(make, rows, read, cancellationToken);

        await run.ReopenAsync().ConfigureAwait(false);
        await run.ExpectAsync("a sink starts empty", committed: -1).ConfigureAwait(false);
        await run.WriteAsync(0).ConfigureAwait(false);
        await run.FlushAsync(0).ConfigureAwait(false);
        await run.CommitAsync(0).ConfigureAwait(false);
        await run.ExpectAsync("rows of a committed epoch are there", committed: 0).ConfigureAwait(false);

        await run.WriteAsync(1).ConfigureAwait(false);
        await run.ReopenAsync().ConfigureAwait(false);
        await run.WriteAsync(1).ConfigureAwait(false);
        await run.FlushAsync(1).ConfigureAwait(false);
        await run.CommitAsync(1).ConfigureAwait(false);
        await run.ExpectAsync("an epoch that a crash cut short before its flush is there once when it was written again", committed: 1).ConfigureAwait(false);

        await run.WriteAsync(2).ConfigureAwait(false);
        await run.FlushAsync(2).ConfigureAwait(false);
        await run.ReopenAsync().ConfigureAwait(false);
        await run.WriteAsync(2).ConfigureAwait(false);
        await run.FlushAsync(2).ConfigureAwait(false);
        await run.ExpectHiddenAsync("a transactional sink shows rows only when their epoch commits", committed: 1).ConfigureAwait(false);
        await run.CommitAsync(2).ConfigureAwait(false);
        await run.ExpectAsync("an epoch that a crash cut short after its flush is there once when it was written again", committed: 2).ConfigureAwait(false);

        await run.WriteAsync(3).ConfigureAwait(false);
        await run.FlushAsync(3).ConfigureAwait(false);
        run.Log(3);
        await run.ReopenAsync().ConfigureAwait(false);
        await run.CommitAsync(3).ConfigureAwait(false);
        await run.ExpectAsync("an epoch that the engine has recorded is there although the sink's commit came after a restart only", committed: 3).ConfigureAwait(false);

        await run.WriteAsync(4).ConfigureAwait(false);
        await run.FlushAsync(4).ConfigureAwait(false);
        await run.CommitAsync(4).ConfigureAwait(false);
        await run.CommitAsync(4).ConfigureAwait(false);
        await run.ExpectAsync("a commit that comes twice is harmless", committed: 4).ConfigureAwait(false);
        await run.CommitAsync(5).ConfigureAwait(false);
        await run.ReopenAsync().ConfigureAwait(false);
        await run.ExpectAsync("an epoch without rows and a restart change nothing", committed: 4).ConfigureAwait(false);
        await run.CloseAsync().ConfigureAwait(false);
    }
}

internal sealed class SinkContractRun<T>(Func<IStreamSink<T>> make, IReadOnlyList<T> rows, Func<ValueTask<IReadOnlyList<T>>> read, CancellationToken cancellationToken)
{
    internal const int Epochs = 5;

    private readonly Guid _query = Guid.NewGuid();
    private SinkFeatures _features;
    private IStreamSinkWriter<T>? _writer;
    private long? _committed;

    // A crash, as far as it can be had in one process: the writer goes without a word, and the next one is told what the engine has recorded.
    internal async ValueTask ReopenAsync()
    {
        await CloseAsync().ConfigureAwait(false);
        var sink = make();
        _features = sink.Features;
        _writer = await sink.OpenAsync(new SinkContext(_query, Guid.NewGuid(), "contract", null, 0, 1, [], _committed, TimeProvider.System), cancellationToken).ConfigureAwait(false);
    }

    internal async ValueTask CloseAsync()
    {
        if (_writer is { } writer) await writer.DisposeAsync().ConfigureAwait(false);
        _writer = null;
    }

    internal async ValueTask WriteAsync(long epoch)
    {
        // The engine uses its buffers again as soon as the call returns, so the sink must have copied the rows.
        foreach (var row in RowsOf(epoch))
        {
            var buffer = new[] { new Change<T>(ChangeKind.Insert, row) };
            await _writer!.WriteAsync(new SinkBatch<T>(epoch, false, buffer), cancellationToken).ConfigureAwait(false);
            buffer[0] = default;
        }
    }

    internal ValueTask FlushAsync(long epoch) => _writer!.FlushAsync(epoch, cancellationToken);

    internal void Log(long epoch) => _committed = epoch;

    internal ValueTask CommitAsync(long epoch)
    {
        Log(epoch);
        return _writer!.CommitAsync(epoch, cancellationToken);
    }

    internal async ValueTask ExpectHiddenAsync(string rule, long committed)
    {
        if (_features.HasFlag(SinkFeatures.Transactional)) await ExpectAsync(rule, committed).ConfigureAwait(false);
    }

    internal async ValueTask ExpectAsync(string rule, long committed)
    {
        var found = (await read().ConfigureAwait(false)).ToList();
        for (var epoch = 0L; epoch <= committed; epoch++)
            foreach (var row in RowsOf(epoch))
                if (!found.Remove(row)) throw new ContractViolationException(rule, $"the row {row} of epoch {epoch} is missing.");
        var exactlyOnce = (_features & (SinkFeatures.IdempotentByEpoch | SinkFeatures.Transactional)) != SinkFeatures.None;
        var unexpected = exactlyOnce ? found : found.Where(r => !rows.Contains(r)).ToList();
        if (unexpected.Count > 0) throw new ContractViolationException(rule, $"the row {unexpected[0]} is there once too often ({unexpected.Count} rows are).");
    }

    private IEnumerable<T> RowsOf(long epoch) => rows.Where((_, i) => i * Epochs / rows.Count == epoch);
}
