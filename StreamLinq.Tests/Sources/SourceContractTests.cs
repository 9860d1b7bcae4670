// All sources against the contract, and the contract against sources that break it.
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using NUnit.Framework;
using StreamLinq.Sources;

namespace StreamLinq.Tests.Sources;

public sealed class SourceContractTests
{
    private static readonly long[] Numbers = [.. Enumerable.Range(0, 50).Select(i => (long)i)];

    [Test]
    public async Task Memory_holds_the_contract([Values(1, 7, 1000)] int rowsPerEpoch)
    {
        var source = new MemorySource<long>();
        source.Add(Numbers);
        await SourceContract.VerifyAsync(() => source, Numbers, rowsPerEpoch);
    }

    [Test]
    public Task A_sequence_holds_the_contract([Values(1, 7)] int rowsPerEpoch) => SourceContract.VerifyAsync(() => Sources.Of(StreamSource.From(Slow())), Numbers, rowsPerEpoch, fixEnd: false);

    [Test]
    public async Task A_channel_holds_the_contract([Values] bool fixEnd)
    {
        var channel = Channel.CreateUnbounded<long>();
        foreach (var number in Numbers) channel.Writer.TryWrite(number);
        if (!fixEnd) channel.Writer.Complete();
        await SourceContract.VerifyAsync(() => Sources.Of(StreamSource.From(channel.Reader)), Numbers, 4, fixEnd);
    }

    [Test]
    public async Task A_file_holds_the_contract([Values(1, 3, 1000)] int rowsPerEpoch, [Values] bool follow)
    {
        using var folder = new TempFolder();
        var path = folder.Write("lines.txt", "\uFEFF" + string.Concat(Numbers.Select(n => n + (n % 3) switch { 0 => "\r\n", 1 => "\r", _ => "\n" })) + "last");
        var at = new DateTimeOffset(File.GetLastWriteTimeUtc(path));
        await SourceContract.VerifyAsync(
            () => Sources.Of(StreamSource.Text(path, new TextOptions { Follow = follow })),
            [.. Numbers.Select(n => n.ToString()).Append("last").Select((t, i) => new TextLine(t, path, i + 1, at))], rowsPerEpoch);
    }

    [Test]
    public async Task A_folder_holds_the_contract([Values(1, 3, 1000)] int rowsPerEpoch, [Values(1, 2, 100)] int filesPerEpoch)
    {
        using var folder = new TempFolder();
        for (var file = 0; file < 10; file++) folder.Write($"{9 - file}.csv", "value\n" + string.Join('\n', Numbers.Skip(file * 5).Take(5)), DateTime.UnixEpoch.AddDays(file));
        await SourceContract.VerifyAsync(() => Sources.Of(StreamSource.Csv<Row>(folder.Path, new CsvOptions { MaxFilesPerEpoch = filesPerEpoch })), [.. Numbers.Select(n => new Row(n))], rowsPerEpoch);
    }

    [Test]
    public async Task The_rate_holds_the_contract([Values(1, 3, 12)] int partitions)
    {
        var clock = new ManualClock(DateTimeOffset.UnixEpoch);
        var rate = Sources.Of(StreamSource.Rate(50, partitions));
        await SourceContract.VerifyAsync(() => new Moved(rate, clock), [.. Numbers.Select(n => new RateRow(DateTimeOffset.UnixEpoch.AddMilliseconds(n * 20), n))], 7, clock: clock);
    }

    [Test]
    public async Task A_journal_holds_the_contract([Values(200, 100_000)] int segmentBytes)
    {
        using var folder = new TempFolder();
        var channel = Channel.CreateUnbounded<long>();
        foreach (var number in Numbers) channel.Writer.TryWrite(number);
        await SourceContract.VerifyAsync(() => new JournaledSource<long>(Sources.Of(StreamSource.From(channel.Reader)), folder.Path, segmentBytes), Numbers);
    }

    [Test]
    public void A_source_that_gives_other_rows_again_is_found()
    {
        var error = Assert.ThrowsAsync<ContractViolationException>(() => SourceContract.VerifyAsync(() => new Broken(Fault.OtherRows), Numbers));
        Assert.That(error!.Message, Is.EqualTo("SLQ2025: A range that is not committed gives the same rows when it is read again: row 0 is '1' instead of '0'"));
    }

    [Test]
    public void A_source_that_passes_the_limit_is_found()
    {
        var error = Assert.ThrowsAsync<ContractViolationException>(() => SourceContract.VerifyAsync(() => new Broken(Fault.NoLimit), Numbers));
        Assert.That(error!.Rule, Is.EqualTo("An epoch takes no more rows than the limit."));
    }

    [Test]
    public void A_source_that_forgets_its_start_is_found()
    {
        var error = Assert.ThrowsAsync<ContractViolationException>(() => SourceContract.VerifyAsync(() => new Broken(Fault.Shifts), Numbers));
        Assert.That(error!.Rule, Is.EqualTo("After a restart a logged range gives the same rows."));
    }

    [Test]
    public void A_source_that_loses_rows_is_found()
    {
        var error = Assert.ThrowsAsync<ContractViolationException>(() => SourceContract.VerifyAsync(() => new Broken(Fault.None), [.. Numbers, 50]));
        Assert.That(error!.Rule, Is.EqualTo("All rows come, once each, in order."));
    }

    [Test]
    public void A_source_that_overwrites_batches_it_said_would_stay_is_found()
    {
        var error = Assert.ThrowsAsync<ContractViolationException>(() => SourceContract.VerifyAsync(() => new Broken(Fault.Overwrites), Numbers));
        Assert.That(error!.Message, Is.EqualTo("SLQ2025: A batch that is said to stay (KeepsBatches) is the same when all have been read: row 0 is '2' instead of '0'"));
    }

    private static async IAsyncEnumerable<long> Slow()
    {
        foreach (var number in Numbers)
        {
            if (number % 10 == 3) await Task.Delay(1);
            yield return number;
        }
    }

    public sealed record Row(long Value);

    // The clock moves one second after the reader was opened for the first time.
    private sealed class Moved(IStreamSource<RateRow> rate, ManualClock clock) : IStreamSource<RateRow>
    {
        public string Description => rate.Description;

        public bool IsReplayable => true;

        public async ValueTask<IStreamReader<RateRow>> OpenAsync(SourceContext context, CancellationToken cancellationToken)
        {
            var reader = await rate.OpenAsync(context, cancellationToken);
            clock.Now = DateTimeOffset.UnixEpoch.AddSeconds(1);
            return reader;
        }
    }

    private enum Fault { None, OtherRows, NoLimit, Shifts, Overwrites }

    private sealed class Broken(Fault fault) : IStreamSource<long>
    {
        private static int _opened;

        public string Description => "broken";

        public bool IsReplayable => true;

        public ValueTask<IStreamReader<long>> OpenAsync(SourceContext context, CancellationToken cancellationToken) => new(new Reader(fault, context.Start.Count > 0 ? Interlocked.Increment(ref _opened) : 0));

        private sealed class Reader(Fault fault, int opened) : IStreamReader<long>
        {
            private readonly long[] _row = new long[1];
            private int _reads;

            public bool KeepsBatches => fault == Fault.Overwrites;

            public ValueTask<SourceProgressPoint> GetLatestAsync(IReadOnlyList<SourceOffset> current, ReadLimit limit, CancellationToken cancellationToken)
            {
                var from = current.Count == 0 ? 0 : int.Parse(current[0].Position);
                var to = Math.Min(50, from + (int)limit.MaxRows!.Value + (fault == Fault.NoLimit ? 1 : 0));
                return new(new SourceProgressPoint(to == from ? current : [new SourceOffset("0", to.ToString())], to == 50));
            }

            public async IAsyncEnumerable<ReadOnlyMemory<long>> ReadAsync(OffsetRange range, [EnumeratorCancellation] CancellationToken cancellationToken)
            {
                var from = int.Parse(range.From ?? "0");
                var shift = (fault == Fault.OtherRows ? _reads++ : 0) + (fault == Fault.Shifts && opened > 0 ? 1 : 0);
                for (; fault == Fault.Overwrites && from < int.Parse(range.To); from++)
                {
                    _row[0] = from;
                    yield return _row;
                }

                yield return Enumerable.Range(from + shift, int.Parse(range.To) - from).Select(i => (long)i).ToArray();
                await Task.CompletedTask;
            }

            public ValueTask CommitAsync(IReadOnlyList<SourceOffset> offsets, CancellationToken cancellationToken) => default;

            public ValueTask FixEndAsync(CancellationToken cancellationToken) => default;

            public ValueTask DisposeAsync() => default;
        }
    }
}
