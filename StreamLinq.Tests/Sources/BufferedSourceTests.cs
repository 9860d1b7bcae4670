// Sequences and channels: batches, back-pressure, errors, and what a restart leaves of them.
using System.Threading.Channels;
using NUnit.Framework;

namespace StreamLinq.Tests.Sources;

public sealed class BufferedSourceTests
{
    [Test]
    public async Task What_a_sequence_gave_before_it_threw_is_delivered_first()
    {
        await using var reading = await Reading<int>.OpenAsync(Sources.Of(Failing().AsStreamQueryable()));
        Assert.That(await reading.TakeAsync(2), Is.EqualTo(new[] { 1, 2 }));
        var error = await Sources.ErrorAsync(() => reading.TakeAsync(1));
        Assert.That(error.Message, Is.EqualTo("SLQ2019: the input of IAsyncEnumerable of Int32 threw FormatException: broken. Rows that came before are delivered."));
        Assert.That(error.InnerException, Is.TypeOf<FormatException>());
    }

    [Test]
    public async Task A_sequence_is_read_ahead_only_so_far()
    {
        var given = 0;
        await using var reading = await Reading<int>.OpenAsync(Sources.Of(StreamSource.From(Endless(() => Interlocked.Increment(ref given)))));
        await reading.Reader.FixEndAsync(CancellationToken.None);
        Assert.That(Volatile.Read(ref given), Is.InRange(65536, 65536 + 1024));
        var rows = await reading.TakeAsync();
        Assert.That(rows, Is.EqualTo(Enumerable.Range(1, rows.Count)));
        Assert.That(rows, Has.Count.InRange(65536, 65536 + 1024));
    }

    [Test]
    public async Task Rows_are_shown_when_the_sequence_would_wait()
    {
        var more = new TaskCompletionSource();
        await using var reading = await Reading<int>.OpenAsync(Sources.Of(StreamSource.From(Waiting(more.Task))));
        Assert.That(await reading.TakeAsync(2), Is.EqualTo(new[] { 1, 2 }));
        var waiting = reading.Reader.WaitAsync(reading.Current, CancellationToken.None).AsTask();
        Assert.That(waiting.IsCompleted, Is.False);
        more.SetResult();
        Assert.That(await reading.TakeAsync(), Is.EqualTo(new[] { 3 }));
        await waiting;
    }

    [Test]
    public async Task A_sequence_that_ignores_cancellation_does_not_hold_up_the_end()
    {
        var never = new TaskCompletionSource();
        var reading = await Reading<int>.OpenAsync(Sources.Of(StreamSource.From(Waiting(never.Task))));
        await reading.TakeAsync(2);
        await reading.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(5));
        never.SetResult();
    }

    [Test]
    public async Task After_a_restart_lost_rows_give_nothing_and_the_count_goes_on()
    {
        var channel = Channel.CreateUnbounded<int>();
        channel.Writer.TryWrite(6);
        channel.Writer.TryWrite(7);
        channel.Writer.Complete();
        SourceOffset[] committed = [new("0", "3")], logged = [new("0", "5")];
        await using var reading = await Reading<int>.OpenAsync(Sources.Of(StreamSource.From(channel.Reader)), committed);
        Assert.That(await reading.ReadAsync(committed, logged), Is.Empty);
        reading.Current = logged;
        Assert.That(await reading.TakeAsync(1), Is.EqualTo(new[] { 6 }));
        Assert.That(reading.Current, Is.EqualTo(new[] { new SourceOffset("0", "6") }));
        Assert.That(await reading.TakeAsync(), Is.EqualTo(new[] { 7 }));
    }

    [Test]
    public async Task An_end_that_was_fixed_moves_on_with_the_count_after_a_restart()
    {
        var channel = Channel.CreateUnbounded<int>();
        channel.Writer.TryWrite(6);
        channel.Writer.TryWrite(7);
        SourceOffset[] committed = [new("0", "3")], logged = [new("0", "5")];
        await using var reading = await Reading<int>.OpenAsync(Sources.Of(StreamSource.From(channel.Reader)), committed);
        await reading.Reader.FixEndAsync(CancellationToken.None);
        channel.Writer.TryWrite(8);
        Assert.That(await reading.ReadAsync(committed, logged), Is.Empty);
        reading.Current = logged;
        Assert.That(await reading.TakeAsync(), Is.EqualTo(new[] { 6, 7 }));
    }

    [Test]
    public async Task The_end_of_a_channel_is_fixed_at_what_it_holds()
    {
        var channel = Channel.CreateUnbounded<int>();
        for (var i = 0; i < 100_000; i++) channel.Writer.TryWrite(i);
        await using var reading = await Reading<int>.OpenAsync(Sources.Of(StreamSource.From(channel.Reader)));
        await reading.Reader.FixEndAsync(CancellationToken.None);
        channel.Writer.TryWrite(-1);
        Assert.That(await reading.TakeAsync(), Is.EqualTo(Enumerable.Range(0, 100_000)));
    }

    [Test]
    public async Task Memory_that_lost_its_rows_refuses_the_checkpoint()
    {
        var source = new MemorySource<int>();
        source.Add(1, 2);
        await using var reading = await Reading<int>.OpenAsync(source, [new SourceOffset("0", "3")]);
        Assert.That((await Sources.ErrorAsync(() => reading.EpochAsync())).Message, Does.StartWith("SLQ2020: memory of int holds 2 rows, but the checkpoint has read 3."));
        source.Complete();
        Assert.That(() => source.Add(4), Throws.InvalidOperationException);
    }

    [Test]
    public async Task Memory_hands_out_its_own_arrays_and_wakes_readers()
    {
        var source = new MemorySource<int>();
        source.Add([.. Enumerable.Range(0, 200_000)]);
        await using var reading = await Reading<int>.OpenAsync(source);
        var batches = new List<ReadOnlyMemory<int>>();
        for (var i = 0; i < 2; i++)
            await foreach (var batch in reading.Reader.ReadAsync(new OffsetRange("0", "10", "150000"), CancellationToken.None)) batches.Add(batch);
        Assert.That(batches, Has.Count.LessThan(8));
        Assert.That(batches[0].Equals(batches[batches.Count / 2]));
        Assert.That(batches.Take(batches.Count / 2).SelectMany(b => b.ToArray()), Is.EqualTo(Enumerable.Range(10, 149_990)));

        var waiting = reading.Reader.WaitAsync([new SourceOffset("0", "200000")], CancellationToken.None).AsTask();
        Assert.That(waiting.IsCompleted, Is.False);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 1000; i++) source.Add(i, i);
        })));
        await waiting.WaitAsync(TimeSpan.FromSeconds(5));
        Assert.That(source.Count, Is.EqualTo(208_000));
        Assert.That((await reading.TakeAsync(208_000)).Skip(200_000).GroupBy(i => i).Select(g => g.Count()), Is.All.EqualTo(8));
    }

    private static async IAsyncEnumerable<int> Failing()
    {
        yield return 1;
        await Task.Yield();
        yield return 2;
        throw new FormatException("broken");
    }

    private static async IAsyncEnumerable<int> Endless(Func<int> next)
    {
        await Task.CompletedTask;
        while (true) yield return next();
    }

    private static async IAsyncEnumerable<int> Waiting(Task more)
    {
        yield return 1;
        yield return 2;
        await more;
        yield return 3;
    }
}
