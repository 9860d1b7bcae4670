// An epoch is committed while the next one runs; what the sinks, the sources and the owner see must not show it.
using NUnit.Framework;

namespace StreamLinq.Tests.Engine;

[TestFixture]
public sealed class OverlapTests
{
    private string _folder = "";

    [SetUp]
    public void SetUp() => _folder = Directory.CreateTempSubdirectory("streamlinq-overlap-").FullName;

    [TearDown]
    public void TearDown() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task A_sink_sees_one_epoch_after_another_and_every_epoch_is_committed_when_the_query_ends()
    {
        var source = new MemorySource<int>();
        for (var i = 0; i < 50; i++) source.Add(i, i + 1, i % 7);
        source.Complete();
        var sink = new RecordingSink<int>();
        await using var engine = new StreamEngine();
        await engine.RunAsync(source.AsStreamQueryable().Where(i => i >= 0).WriteTo(sink), new StreamingQueryOptions { CheckpointLocation = _folder, MaxRowsPerEpoch = 3 });

        var expected = Enumerable.Range(0, 50).SelectMany(e => new[] { $"write {e}", $"flush {e}", $"commit {e}" });
        Assert.That(sink.Calls, Is.EqualTo(expected));
    }

    [Test]
    public async Task The_next_epoch_computes_while_a_commit_is_under_way_and_writes_nothing_before_it_is_done()
    {
        var source = new MemorySource<int>();
        source.Add(1, 2, 3, 4);
        var sink = new RecordingSink<int>();
        var computed = new TaskCompletionSource();
        sink.BeforeCommit = epoch => epoch == 0 ? computed.Task : Task.CompletedTask;
        await using var engine = new StreamEngine();
        var query = await engine.StartAsync(source.AsStreamQueryable().Where(i => Seen(i, computed)).WriteTo(sink), new StreamingQueryOptions { CheckpointLocation = _folder, MaxRowsPerEpoch = 2 });

        // Row 3 belongs to epoch 1, and only its being computed lets epoch 0 be committed.
        await computed.Task.WaitAsync(TimeSpan.FromSeconds(30));
        await query.ProcessAllAvailableAsync();
        await query.StopAsync();
        Assert.That(sink.Calls, Is.EqualTo(new[] { "write 0", "flush 0", "commit 0", "write 1", "flush 1", "commit 1" }));
    }

    [Test]
    public async Task A_commit_that_fails_fails_the_query_with_its_own_epoch()
    {
        var source = new MemorySource<int>();
        source.Add(1, 2, 3, 4);
        var sink = new RecordingSink<int> { BeforeCommit = epoch => epoch == 0 ? Task.FromException(new IOException("no room")) : Task.CompletedTask };
        await using var engine = new StreamEngine();
        var query = await engine.StartAsync(source.AsStreamQueryable().Where(i => i > 0).WriteTo(sink), new StreamingQueryOptions { Name = "late", CheckpointLocation = _folder, MaxRowsPerEpoch = 2 });

        var error = Assert.ThrowsAsync<StreamingQueryException>(() => query.Completion)!;
        Assert.That(error.Code, Is.EqualTo("SLQ2004"));
        Assert.That(error.Message, Does.Contain("query 'late', epoch 0"));
        Assert.That(sink.Calls, Is.EqualTo(new[] { "write 0", "flush 0", "commit 0" }));
    }

    private static bool Seen(int row, TaskCompletionSource computed)
    {
        if (row == 3) computed.TrySetResult();
        return true;
    }

    private sealed class RecordingSink<T> : IStreamSink<T>, IStreamSinkWriter<T>
    {
        internal List<string> Calls { get; } = [];

        internal Func<long, Task> BeforeCommit { get; set; } = _ => Task.CompletedTask;

        public string Description => "recording";

        public SinkFeatures Features => SinkFeatures.IdempotentByEpoch;

        public ValueTask<IStreamSinkWriter<T>> OpenAsync(SinkContext context, CancellationToken cancellationToken) => new(this);

        public ValueTask WriteAsync(SinkBatch<T> batch, CancellationToken cancellationToken) => Record("write", batch.Epoch);

        public ValueTask FlushAsync(long epoch, CancellationToken cancellationToken) => Record("flush", epoch);

        public async ValueTask CommitAsync(long epoch, CancellationToken cancellationToken)
        {
            await Record("commit", epoch);
            await BeforeCommit(epoch);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private ValueTask Record(string call, long epoch)
        {
            Calls.Add($"{call} {epoch}");
            return ValueTask.CompletedTask;
        }
    }
}
