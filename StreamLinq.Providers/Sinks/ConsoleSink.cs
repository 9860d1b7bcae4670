// Prints every epoch as a table, in the form of Spark's console sink: a rule, the epoch's number, a rule, the rows as show() prints them.
using System.Text;

namespace StreamLinq.Sinks;

internal sealed class ConsoleSinkFactory(ConsoleSinkOptions options) : IStreamSinkFactory
{
    public IStreamSink<T> Create<T>() => new ConsoleSink<T>(options);
}

internal sealed class ConsoleSink<T>(ConsoleSinkOptions options) : IStreamSink<T>
{
    public string Description => "console";

    public SinkFeatures Features => SinkFeatures.Upserts | SinkFeatures.Deletes | SinkFeatures.Replaces;

    public ValueTask<IStreamSinkWriter<T>> OpenAsync(SinkContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        return new(new Writer(options, context));
    }

    // Keeps the text of the rows that will be shown, not the rows: an epoch may be larger than memory.
    private sealed class Writer(ConsoleSinkOptions options, SinkContext context) : IStreamSinkWriter<T>
    {
        private readonly RowColumns<T> _columns = RowColumns<T>.Instance;
        private readonly List<string[]> _cells = [];
        private readonly List<ChangeKind> _kinds = [];
        private long _rows;
        private bool _written, _deletes;

        public ValueTask WriteAsync(SinkBatch<T> batch, CancellationToken cancellationToken)
        {
            _written = true;
            foreach (var change in batch.Changes.Span)
            {
                _rows++;
                _deletes |= change.Kind == ChangeKind.Delete;
                if (_cells.Count == options.Rows) continue;
                _kinds.Add(change.Kind);
                _cells.Add([.. Enumerable.Range(0, _columns.Names.Count).Select(i => _columns.Text(change.Row, i))]);
            }
            return ValueTask.CompletedTask;
        }

        public async ValueTask FlushAsync(long epoch, CancellationToken cancellationToken)
        {
            if (!_written) return;
            var output = options.Output ?? System.Console.Out;
            await output.WriteAsync(Print(epoch).AsMemory(), cancellationToken).ConfigureAwait(false);
            await output.FlushAsync(cancellationToken).ConfigureAwait(false);
            (_rows, _written, _deletes) = (0, false, false);
            _cells.Clear();
            _kinds.Clear();
        }

        public ValueTask CommitAsync(long epoch, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private string Print(long epoch)
        {
            const string rule = "-------------------------------------------\n";
            var partition = context.PartitionCount > 1 ? $" (partition {context.Partition} of {context.PartitionCount})" : "";
            var text = new StringBuilder(rule).Append("Batch: ").Append(epoch).Append(partition).Append('\n').Append(rule);
            var withKinds = context.Mode == OutputMode.Changelog || context.Mode == OutputMode.Update && _deletes;
            IReadOnlyList<string> names = withKinds ? ["change", .. _columns.Names] : _columns.Names;
            IEnumerable<string[]> rows = withKinds ? _cells.Select((cells, i) => (string[])[ChangeNames.Of(_kinds[i]), .. cells]) : _cells;
            ConsoleTable.Print(text, names, rows, options.Truncate);
            if (_rows > options.Rows) text.Append("only showing top ").Append(options.Rows).Append(options.Rows == 1 ? " row\n" : " rows\n");
            return text.Append('\n').ToString();
        }
    }
}
