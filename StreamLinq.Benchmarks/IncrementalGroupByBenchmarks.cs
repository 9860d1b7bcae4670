// The group-by under BenchmarkDotNet: hand-written, in memory, durable, by number of keys. For a ratio that holds on a busy machine take `ratios`; this is for its statistics and its profilers.
using BenchmarkDotNet.Attributes;

namespace StreamLinq.Benchmarks;

/// <summary>Counts and sums per key. One operation is <see cref="RowsPerOperation"/> rows, from reading to commit, in tables that know all keys already.</summary>
[Config(typeof(RowsConfig))]
[MemoryDiagnoser]
public class IncrementalGroupByBenchmarks
{
    internal const int RowsPerOperation = 2_000_000;

    private readonly HandTable<GroupByScenarios.CountAndSum> _table = new();
    private Row[] _rows = [];
    private MeasuredQuery<Row>? _query;

    /// <summary>How many distinct keys the rows have.</summary>
    [Params(100, 10_000, 1_000_000)]
    public int Keys { get; set; }

    [GlobalSetup(Target = nameof(HandWritten))]
    public void SetUpHandWritten()
    {
        _rows = Rows.Uniform(RowsPerOperation, Keys);
        HandWritten();
    }

    [GlobalSetup(Target = nameof(InMemory))]
    public Task SetUpInMemory() => SetUp(durable: false);

    [GlobalSetup(Target = nameof(Durable))]
    public Task SetUpDurable() => SetUp(durable: true);

    [GlobalCleanup]
    public async Task CleanUp()
    {
        if (_query is not null) await _query.DisposeAsync();
    }

    /// <summary>The loop a programmer would write.</summary>
    [Benchmark(Baseline = true)]
    public void HandWritten() => GroupByScenarios.Add(_table, _rows);

    /// <summary>The query without a checkpoint.</summary>
    [Benchmark]
    public Task InMemory() => _query!.RunAsync(RowsPerOperation);

    /// <summary>The query with a checkpoint in a temporary folder.</summary>
    [Benchmark]
    public Task Durable() => _query!.RunAsync(RowsPerOperation);

    private async Task SetUp(bool durable)
    {
        _rows = Rows.Uniform(RowsPerOperation, Keys);
        _query = await GroupByScenarios.QueryAsync(_rows, durable);
        await _query.RunAsync(RowsPerOperation);
    }
}
