// Workers read rows of structs where they are, if their source lets them: the rows that come out, and their order, are those of one worker, whoever the batches belong to and however large they are.
using System.Runtime.CompilerServices;
using NUnit.Framework;

namespace StreamLinq.Tests.Workers;

public readonly record struct Ride(int Id, long Car, int Fare, double Tip, string City);

[TestFixture]
public sealed class LaneScanTests
{
    private const int RowsPerEpoch = 12_000;

    private static readonly Ride[] Rides = Drawn();

    private static Dictionary<string, Func<IStreamQueryable<Ride, AppendOnly>, IStreamSink<string>, StreamOutput>> Queries { get; } = new()
    {
        ["sums that depend on the order"] = (r, to) => r.GroupBy(x => x.Car).Select(g => new { g.Key, Tip = g.Sum(x => x.Tip), First = g.First().Id, Last = g.Last().Id }).Select(x => $"{x.Key} {x.Tip:R} {x.First} {x.Last}").WriteTo(to, OutputMode.Changelog),
        ["sums of whole numbers"] = (r, to) => r.Where(x => x.Fare > 20).GroupBy(x => x.Car).Select(g => $"{g.Key} {g.Count()} {g.Sum(x => x.Fare)} {g.Max(x => x.Id)}").WriteTo(to, OutputMode.Changelog),
        ["few groups"] = (r, to) => r.Where(x => x.Fare > 20).GroupBy(x => x.Fare % 7).Select(g => $"{g.Key} {g.Count()} {g.Sum(x => x.Fare)} {g.Min(x => x.Id)}").WriteTo(to, OutputMode.Changelog),
        ["distinct values"] = (r, to) => r.GroupBy(x => new { x.Car, x.Fare }).Select(g => $"{g.Key} {g.CountDistinct(x => x.City)} {g.Count(x => x.Id % 2 == 0)}").WriteTo(to, OutputMode.Changelog),
        ["text"] = (r, to) => r.GroupBy(x => x.City).Select(g => $"{g.Key} {g.Sum(x => x.Tip):R}").WriteTo(to, OutputMode.Complete),
    };

    private static IEnumerable<string> Names => Queries.Keys;

    [TestCaseSource(nameof(Names))]
    public async Task Nobody_can_tell_where_the_rows_were_read(string query)
    {
        var expected = await RunAsync(query, 1, keeps: true);
        Assert.That(expected, Is.Not.Empty);
        foreach (var workers in (int[])[2, 3, 16])
        {
            foreach (var keeps in (bool[])[true, false]) Assert.That(await RunAsync(query, workers, keeps), Is.EqualTo(expected), $"{workers} workers, batches that {(keeps ? "stay" : "are overwritten")}");
        }
    }

    [Test]
    public async Task A_sum_that_overflows_is_told_with_its_row_whoever_read_it()
    {
        var rides = Rides.ToArray();
        rides[3_000] = rides[3_000] with { Car = 999, Fare = int.MaxValue };
        rides[9_000] = rides[9_000] with { Car = 999, Fare = int.MaxValue };
        var errors = new List<string>();
        foreach (var workers in (int[])[1, 2])
        {
            await using var engine = new StreamEngine(new StreamEngineOptions { Workers = workers });
            var output = StreamSource.From(new Batches(rides, keeps: true)).GroupBy(x => x.Car).Select(g => $"{g.Key} {g.Sum(x => x.Fare == int.MaxValue ? long.MaxValue : x.Fare)} {g.First().Id}").WriteTo(new MemorySink<string>(), OutputMode.Changelog);
            var query = await engine.StartAsync(output, new StreamingQueryOptions { Trigger = Trigger.AvailableNow, MaxRowsPerEpoch = RowsPerEpoch, MaxLatency = Timeout.InfiniteTimeSpan });
            errors.Add(Assert.CatchAsync(() => query.Completion)!.Message.Split('\n')[0]);
        }

        Assert.That(errors[0], Does.Contain("overflow").IgnoreCase);
        Assert.That(errors[1], Is.EqualTo(errors[0]));
    }

    private static async Task<List<string>> RunAsync(string query, int workers, bool keeps)
    {
        await using var engine = new StreamEngine(new StreamEngineOptions { Workers = workers });
        var sink = new MemorySink<string>();
        var running = await engine.StartAsync(Queries[query](StreamSource.From(new Batches(Rides, keeps)), sink), new StreamingQueryOptions { Trigger = Trigger.AvailableNow, MaxRowsPerEpoch = RowsPerEpoch, MaxLatency = Timeout.InfiniteTimeSpan });
        await running.Completion;
        return [.. sink.Batches.SelectMany(b => b.Changes.Select(c => $"{b.Epoch} {c.Kind} {c.Row}"))];
    }

    private static Ride[] Drawn()
    {
        var random = new Random(12);
        return [.. Enumerable.Range(1, 40_000).Select(id => new Ride(id, random.Next(2) == 0 ? 7 : random.Next(4_000), random.Next(1, 400), random.NextDouble() * 100, $"city {random.Next(50)}"))];
    }

    // Batches of all sizes: slices of the rows, or a buffer that is used again for the next one.
    private sealed class Batches(Ride[] rides, bool keeps) : IStreamSource<Ride>, IStreamReader<Ride>
    {
        private readonly Ride[] _buffer = new Ride[5_000];

        public string Description => "batches";

        public bool IsReplayable => true;

        public bool KeepsBatches => keeps;

        public ValueTask<IStreamReader<Ride>> OpenAsync(SourceContext context, CancellationToken cancellationToken) => new(this);

        public ValueTask<SourceProgressPoint> GetLatestAsync(IReadOnlyList<SourceOffset> current, ReadLimit limit, CancellationToken cancellationToken)
        {
            var from = current.Count == 0 ? 0 : int.Parse(current[0].Position);
            var to = (int)Math.Min(rides.Length, from + (limit.MaxRows ?? rides.Length));
            return new(new SourceProgressPoint([new SourceOffset("0", $"{to}")], to == rides.Length));
        }

        public async IAsyncEnumerable<ReadOnlyMemory<Ride>> ReadAsync(OffsetRange range, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            var from = range.From is null ? 0 : int.Parse(range.From);
            var to = int.Parse(range.To);
            for (var size = 1; from < to; size = (size * 7) % 4_999)
            {
                var count = Math.Min(size, to - from);
                if (keeps)
                {
                    yield return rides.AsMemory(from, count);
                }
                else
                {
                    rides.AsSpan(from, count).CopyTo(_buffer);
                    yield return _buffer.AsMemory(0, count);
                    Array.Clear(_buffer);
                }

                from += count;
            }

            await ValueTask.CompletedTask;
        }

        public ValueTask CommitAsync(IReadOnlyList<SourceOffset> offsets, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask FixEndAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
