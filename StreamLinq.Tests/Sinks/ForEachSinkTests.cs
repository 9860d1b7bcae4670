using System.Threading.Channels;
using NUnit.Framework;
using static StreamLinq.Tests.Sinks.SinkRun;

namespace StreamLinq.Tests.Sinks;

public class ForEachSinkTests
{
    private readonly List<string> _calls = [];

    [SetUp]
    public void Clear() => _calls.Clear();

    [Test]
    public async Task A_writer_is_opened_and_closed_for_each_epoch_with_rows()
    {
        await using (var writer = await StreamSink.ForEach(new Recording(_calls)).OpenAsync())
        {
            await writer.InsertAsync(0, 1, 2);
            await writer.FlushAsync(1, default);
            await writer.CommitAsync(1, default);
            await writer.EpochAsync(2, [Delete(1)]);
        }
        Assert.That(_calls, Is.EqualTo(new[] { "open 0 0", "Insert 1", "Insert 2", "close ", "open 0 2", "Delete 1", "close " }));
    }

    [Test]
    public async Task False_skips_the_rows_and_the_writer_is_closed_all_the_same()
    {
        await using (var writer = await StreamSink.ForEach(new Recording(_calls) { Opens = false }).OpenAsync()) await writer.InsertAsync(0, 1, 2);
        Assert.That(_calls, Is.EqualTo(new[] { "open 0 0", "close " }));
    }

    [Test]
    public async Task An_error_closes_the_writer_once_with_the_error()
    {
        await using (var writer = await StreamSink.ForEach(new Recording(_calls) { FailsAt = 2 }).OpenAsync())
        {
            var error = Assert.ThrowsAsync<InvalidOperationException>(() => writer.InsertAsync(0, 1, 2, 3))!;
            await writer.FailAsync(error, default);
        }
        Assert.That(_calls, Is.EqualTo(new[] { "open 0 0", "Insert 1", "Insert 2", "close boom" }));
    }

    [Test]
    public async Task An_error_elsewhere_closes_the_writer_too()
    {
        await using (var writer = await StreamSink.ForEach(new Recording(_calls)).OpenAsync())
        {
            await writer.EpochAsync(0, [Insert(1)], stop: Stop.BeforeFlush);
            await writer.FailAsync(new InvalidOperationException("elsewhere"), default);
        }
        await using (var writer = await StreamSink.ForEach(new Recording(_calls)).OpenAsync()) await writer.EpochAsync(0, [Insert(1)], stop: Stop.BeforeFlush);
        Assert.That(_calls, Is.EqualTo(new[] { "open 0 0", "Insert 1", "close elsewhere", "open 0 0", "Insert 1", "close The query stopped before the epoch was written." }));
    }

    [Test]
    public async Task A_writer_that_cannot_open_is_not_closed()
    {
        await using (var writer = await StreamSink.ForEach(new Recording(_calls) { FailsToOpen = true }).OpenAsync())
            Assert.ThrowsAsync<InvalidOperationException>(() => writer.InsertAsync(0, 1));
        Assert.That(_calls, Is.EqualTo(new[] { "open 0 0" }));
    }

    [Test]
    public async Task An_error_of_closing_does_not_hide_the_first_one()
    {
        await using var writer = await StreamSink.ForEach(new Recording(_calls) { FailsAt = 1, FailsToClose = true }).OpenAsync();
        var error = Assert.ThrowsAsync<AggregateException>(() => writer.InsertAsync(0, 1))!;
        Assert.That(error.InnerExceptions.Select(e => e.Message), Is.EqualTo(new[] { "boom", "close" }));
    }

    [Test]
    public async Task Each_worker_has_a_writer_of_its_own()
    {
        var made = 0;
        var sink = StreamSink.ForEach(() => { made++; return new Recording(_calls); });
        await using (var writer = await sink.OpenAsync(Context(partition: 0, partitions: 2), default)) await writer.InsertAsync(0, 1);
        await using (var writer = await sink.OpenAsync(Context(partition: 1, partitions: 2), default)) await writer.InsertAsync(0, 2);
        Assert.That(made, Is.EqualTo(2));
        Assert.That(_calls, Is.EqualTo(new[] { "open 0 0", "Insert 1", "close ", "open 1 0", "Insert 2", "close " }));

        var error = Assert.ThrowsAsync<StreamLinqException>(async () => await StreamSink.ForEach(new Recording(_calls)).OpenAsync(Context(partition: 0, partitions: 2), default))!;
        Assert.That(error.Message, Is.EqualTo("SLQ2038: The query test has 2 workers, and StreamSink.ForEach was given one writer for all. Give it a function that makes a writer, ForEach(() => new ...), or run the query with one worker."));
    }

    [Test]
    public async Task A_function_gets_each_change()
    {
        await using (var writer = await StreamSink.ForEach<int>((change, _) => { _calls.Add($"{change.Kind} {change.Row}"); return default; }).OpenAsync(OutputMode.Update)) await writer.EpochAsync(0, [Upsert(1), Delete(2)]);
        Assert.That(_calls, Is.EqualTo(new[] { "Upsert 1", "Delete 2" }));
    }

    [Test]
    public async Task A_full_channel_holds_the_query_back()
    {
        var channel = Channel.CreateBounded<Change<int>>(1);
        await using var writer = await StreamSink.Channel(channel.Writer).OpenAsync();
        var writing = writer.InsertAsync(0, 1, 2, 3);
        Assert.That(writing.IsCompleted, Is.False);
        Assert.That(new[] { await channel.Reader.ReadAsync(), await channel.Reader.ReadAsync(), await channel.Reader.ReadAsync() }, Is.EqualTo(new[] { Insert(1), Insert(2), Insert(3) }));
        await writing;
        channel.Writer.Complete();
        Assert.ThrowsAsync<ChannelClosedException>(() => writer.InsertAsync(1, 4));
    }

    private sealed class Recording(List<string> calls) : ForeachWriter<int>
    {
        internal bool Opens { get; init; } = true;

        internal int FailsAt { get; init; } = -1;

        internal bool FailsToOpen { get; init; }

        internal bool FailsToClose { get; init; }

        public override ValueTask<bool> OpenAsync(int partition, long epoch, CancellationToken cancellationToken)
        {
            calls.Add($"open {partition} {epoch}");
            return FailsToOpen ? throw new InvalidOperationException("open") : new(Opens);
        }

        public override ValueTask ProcessAsync(Change<int> change, CancellationToken cancellationToken)
        {
            calls.Add($"{change.Kind} {change.Row}");
            return change.Row == FailsAt ? throw new InvalidOperationException("boom") : default;
        }

        public override ValueTask CloseAsync(Exception? error)
        {
            calls.Add($"close {error?.Message}");
            return FailsToClose ? throw new InvalidOperationException("close") : default;
        }
    }
}
