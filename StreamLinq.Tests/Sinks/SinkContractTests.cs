using NUnit.Framework;

namespace StreamLinq.Tests.Sinks;

public class SinkContractTests
{
    private static readonly string[] Rows = ["a", "b", "c", "d", "e", "f", "a"];

    [Test]
    public async Task The_memory_sink_keeps_it()
    {
        var sink = new MemorySink<string>();
        await SinkContract.VerifyAsync(() => sink, Rows, () => new(sink.Rows));
    }

    [Test]
    public async Task Files_keep_it()
    {
        using var folder = new TempFolder();
        await SinkContract.VerifyAsync(() => StreamSink.Text(folder["a.txt"]), Rows, () => new((IReadOnlyList<string>)(File.Exists(folder["a.txt"]) ? File.ReadAllLines(folder["a.txt"]) : [])));
        await SinkContract.VerifyAsync(() => StreamSink.Csv(folder["by"], new FileSinkOptions { MaxFileAge = TimeSpan.Zero }, "value").Create<string>(), Rows, () => new((IReadOnlyList<string>)[.. Directory.EnumerateFiles(folder.Path, "rows-*.csv", SearchOption.AllDirectories).SelectMany(f => File.ReadAllLines(f).Skip(1))]));
    }

    [Test]
    public async Task A_function_keeps_it_at_least_once()
    {
        var rows = new List<string>();
        await SinkContract.VerifyAsync(() => StreamSink.ForEach<string>((change, _) => { rows.Add(change.Row); return default; }), Rows, () => new(rows));
        Assert.That(rows, Has.Count.GreaterThan(Rows.Length));
    }

    [Test]
    public void A_sink_that_promises_too_much_is_found()
    {
        var error = Assert.ThrowsAsync<ContractViolationException>(async () =>
        {
            var rows = new List<string>();
            await SinkContract.VerifyAsync(() => new Careless(rows, SinkFeatures.IdempotentByEpoch), Rows, () => new(rows));
        })!;
        Assert.That(error.Rule, Is.EqualTo("an epoch that a crash cut short before its flush is there once when it was written again"));
        Assert.That(error.Message, Does.EndWith("the row c is there once too often (1 rows are)."));
    }

    [Test]
    public void A_sink_that_loses_rows_is_found()
    {
        var error = Assert.ThrowsAsync<ContractViolationException>(async () => await SinkContract.VerifyAsync(() => new Careless([], SinkFeatures.None), Rows, () => new([])))!;
        Assert.That(error.Message, Is.EqualTo("SLQ2025: rows of a committed epoch are there: the row a of epoch 0 is missing."));
    }

    [Test]
    public void Five_rows_are_needed()
    {
        Assert.ThrowsAsync<ArgumentException>(async () => await SinkContract.VerifyAsync(() => new MemorySink<string>(), ["a"], () => new([])));
    }

    private sealed class Careless(List<string> rows, SinkFeatures features) : IStreamSink<string>, IStreamSinkWriter<string>
    {
        public string Description => "careless";

        public SinkFeatures Features => features;

        public ValueTask<IStreamSinkWriter<string>> OpenAsync(SinkContext context, CancellationToken cancellationToken) => new(this);

        public ValueTask WriteAsync(SinkBatch<string> batch, CancellationToken cancellationToken)
        {
            foreach (var change in batch.Changes.Span) rows.Add(change.Row);
            return ValueTask.CompletedTask;
        }

        public ValueTask CommitAsync(long epoch, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
