// Writes the rows of one partition of a query to growing files. Lines are gathered in memory up to a limit and written with the flush, so that a small epoch costs one append, one flush and one note.
using System.Buffers;
using System.Text;

namespace StreamLinq.Sinks;

internal sealed class AppendWriter<T>(EpochFiles files, IRowFormat<T> format, int[] partitionBy, long bufferedBytes, long? lastCommitted, Func<ValueTask> close) : IStreamSinkWriter<T>
{
    private readonly RowColumns<T> _columns = RowColumns<T>.Instance;
    private readonly Dictionary<string, ArrayBufferWriter<byte>> _lines = new(StringComparer.Ordinal);
    private readonly StringBuilder _folder = new();
    private long _done = lastCommitted ?? -1;
    private bool _closed;

    public async ValueTask WriteAsync(SinkBatch<T> batch, CancellationToken cancellationToken)
    {
        // Already there: the same rows would come again.
        if (batch.Epoch <= _done) return;
        long buffered = 0;
        foreach (var lines in _lines.Values) buffered += lines.WrittenCount;
        for (var i = 0; i < batch.Changes.Length; i++)
        {
            var change = batch.Changes.Span[i];
            var lines = Lines(change.Row);
            buffered -= lines.WrittenCount;
            format.Write(lines, change, batch.Epoch);
            buffered += lines.WrittenCount;
            if (buffered < bufferedBytes) continue;
            await AppendAsync(batch.Epoch, complete: false, cancellationToken).ConfigureAwait(false);
            buffered = 0;
        }
    }

    public async ValueTask FlushAsync(long epoch, CancellationToken cancellationToken)
    {
        if (_lines.Count > 0) await AppendAsync(epoch, complete: true, cancellationToken).ConfigureAwait(false);
        _lines.Clear();
        _done = Math.Max(_done, epoch);
    }

    public ValueTask CommitAsync(long epoch, CancellationToken cancellationToken) => files.CommitAsync(epoch, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (_closed) return;
        _closed = true;
        await close().ConfigureAwait(false);
    }

    // The names stay until the flush, which must reach the disk for all files of the epoch.
    private async ValueTask AppendAsync(long epoch, bool complete, CancellationToken cancellationToken)
    {
        await files.AppendAsync(epoch, _lines.ToDictionary(l => l.Key, l => l.Value.WrittenMemory, StringComparer.Ordinal), complete, cancellationToken).ConfigureAwait(false);
        foreach (var lines in _lines.Values) lines.ResetWrittenCount();
    }

    private ArrayBufferWriter<byte> Lines(T row)
    {
        _folder.Clear();
        foreach (var column in partitionBy)
            _folder.Append(_folder.Length == 0 ? "" : "/").Append(PartitionFolder.Segment(_columns.Names[column], _columns.Value(row, column)));
        var folder = _folder.ToString();
        if (!_lines.TryGetValue(folder, out var lines)) _lines[folder] = lines = new();
        return lines;
    }
}
