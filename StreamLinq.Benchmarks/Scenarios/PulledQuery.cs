// The query of rows that come one by one: an endless IAsyncEnumerable that goes on when it is allowed to. The sum over all keys tells when all rows have come out.
using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace StreamLinq.Benchmarks;

internal sealed class PulledQuery : IMeasuredQuery
{
    private readonly StreamEngine _engine = new();
    private readonly Row[] _rows;
    private readonly Channel<long> _allowed = Channel.CreateUnbounded<long>();
    private readonly long _all;
    private TaskCompletionSource _done = New();
    private long _expected;
    private long _read;
    private StreamingQuery? _query;

    private PulledQuery(Row[] rows) => (_rows, _all) = (rows, rows.Sum(r => r.Value));

    public long Changes { get; private set; }

    public long Epochs { get; private set; }

    /// <summary>The values of all rows that have come out, added up.</summary>
    internal long Total { get; private set; }

    internal static async Task<PulledQuery> StartAsync(Row[] rows)
    {
        var running = new PulledQuery(rows);
        running._query = await running._engine.StartAsync(StreamSource.From(running.ReadAsync())
            .GroupBy(r => r.Key).Select(g => new SumScenarios.KeySum(g.Key, g.Sum(r => r.Value))).WriteTo(new CountingSink<SumScenarios.KeySum>(running.Take), OutputMode.Complete));
        return running;
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async IAsyncEnumerable<Row> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var at = 0;
        await foreach (var count in _allowed.Reader.ReadAllAsync(cancellationToken))
        {
            for (var i = 0L; i < count; i++)
            {
                yield return _rows[at];
                if (++at == _rows.Length) at = 0;
            }
        }
    }

    private void Take(SinkBatch<SumScenarios.KeySum> batch)
    {
        Changes += batch.Changes.Length;
        Epochs++;
        var total = 0L;
        foreach (ref readonly var change in batch.Changes.Span) total += change.Row.Sum;
        Total = total;
        if (total == Interlocked.Read(ref _expected)) _done.TrySetResult();
    }

    public async Task RunAsync(long rows)
    {
        _done = New();
        var expected = _expected;
        expected += SumOf(rows);
        _read += rows;
        Interlocked.Exchange(ref _expected, expected);
        await _allowed.Writer.WriteAsync(rows);
        if (await Task.WhenAny(_done.Task, _query!.Completion) != _done.Task) await _query.Completion;
    }

    // Of whole turns of the rows the sum is known: none is added up while others are measured.
    private long SumOf(long count)
    {
        var sum = count / _rows.Length * _all;
        for (var i = 0L; i < count % _rows.Length; i++) sum += _rows[(_read + i) % _rows.Length].Value;
        return sum;
    }

    public ValueTask DisposeAsync() => _engine.DisposeAsync();
}
