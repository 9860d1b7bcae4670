// The reader of inputs that cannot be read twice: a task of its own receives the rows, so that a slow epoch does not stop the input before the buffer is full.
using System.Runtime.CompilerServices;

namespace StreamLinq.Sources;

/// <summary>What feeds a <see cref="BufferedReader{T}"/>.</summary>
internal abstract class RowReceiver<T>
{
    /// <summary>Receives rows until the input ends; an exception ends the input with an error.</summary>
    internal abstract Task ReceiveAsync(RowBuffer<T> rows, CancellationToken cancellationToken);

    /// <summary>How many rows could be received without waiting, as far as is known.</summary>
    internal virtual long Ready => 0;

    internal virtual long Rejected => 0;

    internal virtual ValueTask CloseAsync() => ValueTask.CompletedTask;
}

internal sealed class BufferedReader<T> : IStreamReader<T>, ISourceCounters
{
    private readonly string _source;
    private readonly RowBuffer<T> _rows;
    private readonly RowReceiver<T> _receiver;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _receiving;

    internal BufferedReader(string source, SourceContext context, int capacity, RowReceiver<T> receiver)
    {
        _source = source;
        _rows = new RowBuffer<T>(CountPosition.Of(context.Start, source), capacity);
        _receiver = receiver;
        _receiving = Task.Run(ReceiveAsync, CancellationToken.None);
    }

    public long RejectedRows => _receiver.Rejected;

    public ValueTask<SourceProgressPoint> GetLatestAsync(IReadOnlyList<SourceOffset> current, ReadLimit limit, CancellationToken cancellationToken)
    {
        var from = CountPosition.Of(current, _source);
        var (to, isEnd) = _rows.Plan(from, limit.MaxRows);
        return new(new SourceProgressPoint(to == from ? current : [CountPosition.Offset(to)], isEnd));
    }

    public async IAsyncEnumerable<ReadOnlyMemory<T>> ReadAsync(OffsetRange range, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var batch in _rows.Rows(CountPosition.Parse(range.From, _source), CountPosition.Parse(range.To, _source)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return batch;
        }

        await ValueTask.CompletedTask.ConfigureAwait(false);
    }

    public ValueTask CommitAsync(IReadOnlyList<SourceOffset> offsets, CancellationToken cancellationToken)
    {
        _rows.Release(CountPosition.Of(offsets, _source));
        return ValueTask.CompletedTask;
    }

    public ValueTask FixEndAsync(CancellationToken cancellationToken) => _rows.FixEndAsync(() => _receiver.Ready, cancellationToken);

    public ValueTask WaitAsync(IReadOnlyList<SourceOffset> current, CancellationToken cancellationToken) => _rows.WaitAsync(CountPosition.Of(current, _source), cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _receiving.ConfigureAwait(false);
        await _receiver.CloseAsync().ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task ReceiveAsync()
    {
        try
        {
            await _receiver.ReceiveAsync(_rows, _stop.Token).ConfigureAwait(false);
            _rows.End(error: null);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            _rows.End(error: null);
        }
        catch (Exception e)
        {
            // Whatever the input throws must reach the query, which meets it after the rows before it.
            _rows.End(e is StreamLinqException ? e : SourceErrors.InputFailed(_source, e));
        }
    }
}
