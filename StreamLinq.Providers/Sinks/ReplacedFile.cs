// The file of a table in Complete mode: each epoch writes the whole table beside it and puts it in its place, so a reader sees one table or the next, and an epoch written again changes nothing.
// A table that comes in partitions is put together from the last part of each.
using System.Buffers;

namespace StreamLinq.Sinks;

internal sealed class ReplacedFile(FileTarget target, ReadOnlyMemory<byte> header) : IDisposable
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly SortedDictionary<int, ReadOnlyMemory<byte>> _parts = [];

    internal async ValueTask ReplaceAsync(int partition, ReadOnlyMemory<byte> rows, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            _parts[partition] = rows;
            Directory.CreateDirectory(target.Root);
            await DurableFile.ReplaceAsync(target.TablePath, _parts.Values.Prepend(header), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose() => _gate.Dispose();
}

internal sealed class ReplaceWriter<T>(ReplacedFile file, IRowFormat<T> format, int partition, Func<ValueTask> close) : IStreamSinkWriter<T>
{
    private ArrayBufferWriter<byte>? _table;
    private bool _closed;

    public ValueTask WriteAsync(SinkBatch<T> batch, CancellationToken cancellationToken)
    {
        _table ??= new();
        foreach (var change in batch.Changes.Span) format.Write(_table, change, batch.Epoch);
        return ValueTask.CompletedTask;
    }

    public async ValueTask FlushAsync(long epoch, CancellationToken cancellationToken)
    {
        if (_table is not { } table) return;
        _table = null;
        await file.ReplaceAsync(partition, table.WrittenMemory, cancellationToken).ConfigureAwait(false);
    }

    public ValueTask CommitAsync(long epoch, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_closed) return;
        _closed = true;
        await close().ConfigureAwait(false);
    }
}
