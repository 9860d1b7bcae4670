// The query whose state is measured: four aggregates per key, each changed key told once per epoch of about a second.
namespace StreamLinq.Benchmarks;

internal sealed class StateQuery : IAsyncDisposable
{
    /// <summary>What a key takes in the query's table: key, four aggregates and what belongs to a slot, at the load that a table has on average.</summary>
    internal const long BytesPerKey = 80;

    private readonly StreamEngine _engine = new();
    private readonly RowsSource<Row> _source;
    private readonly string? _checkpoint;
    private StreamingQuery? _query;

    private StateQuery(Row[] rows, string? checkpoint)
    {
        _source = new RowsSource<Row>(rows);
        _checkpoint = checkpoint;
    }

    internal static string NewFolder() => Directory.CreateTempSubdirectory("streamlinq-benchmark-").FullName;

    /// <summary>What is read next, from its beginning.</summary>
    internal Row[] Rows
    {
        get => _source.Rows;
        set => _source.Rows = value;
    }

    internal bool KeepsFolder { get; set; }

    internal long RowsOnDisk => _query!.LastProgress!.StateOperators[0].RowsOnDisk;

    internal static async Task<StateQuery> StartAsync(Row[] rows, string? checkpoint, long? budget, long? rowsPerEpoch = null)
    {
        var running = new StateQuery(rows, checkpoint);
        var output = running._source.AsStreamQueryable().GroupBy(r => r.Key)
            .Select(g => new { g.Key, Count = g.Count(), Sum = g.Sum(r => r.Value), Least = g.Min(r => r.Value), Most = g.Max(r => r.Value) })
            .WriteTo(static (batch, _) => ValueTask.CompletedTask, OutputMode.Update);
        running._query = await running._engine.StartAsync(output, new StreamingQueryOptions { CheckpointLocation = checkpoint, MemoryBudget = budget, MaxLatency = TimeSpan.FromSeconds(2), MaxRowsPerEpoch = rowsPerEpoch });
        return running;
    }

    internal async Task RunAsync(long rows)
    {
        var committed = _source.ReleaseAsync(rows);
        if (await Task.WhenAny(committed, _query!.Completion) != committed) await _query.Completion;
        await _query.ProcessAllAvailableAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _engine.DisposeAsync();
        if (_checkpoint is not null && !KeepsFolder) Directory.Delete(_checkpoint, recursive: true);
    }
}
