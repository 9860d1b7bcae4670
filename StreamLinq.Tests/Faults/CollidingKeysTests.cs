// Keys that somebody has chosen so that their own hashes are all the same cost no more than others: counted are comparisons and slots, not time.
using NUnit.Framework;
using StreamLinq.Embedded;

namespace StreamLinq.Tests.Faults;

[TestFixture]
public sealed class CollidingKeysTests
{
    private const int Keys = 2000;
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static long _comparisons;

    // Half of the 64 bits are the other half, changed by a constant, so that the two cancel out in a hash that folds them.
    private static long Folding(int i, int with = 0) => ((long)i << 32) | (uint)(i ^ with);

    [Test]
    public void Hashes_of_keys_that_were_chosen_to_collide_are_spread()
    {
        Spread([.. Enumerable.Range(1, Keys).Select(i => Folding(i))]);
        Spread([.. Enumerable.Range(1, Keys).Select(i => new DateTime(Folding(i, 5)))]);
        Spread([.. Enumerable.Range(1, Keys).Select(i => new TimeSpan(Folding(i)))]);
        Spread([.. Enumerable.Range(1, Keys).Select(i => new DateTimeOffset(Folding(i, 9), TimeSpan.Zero))]);
        Spread([.. Enumerable.Range(1, Keys).Select(i => new TimeOnly(Folding(i % 200, i / 200 * 7)))], ownHashes: Keys);
        Spread([.. Enumerable.Range(1, Keys).Select(i => BitConverter.Int64BitsToDouble(Folding(0x3FF00000 + i)))]);
        Spread([.. Enumerable.Range(1, Keys).Select(i => new Guid(i, 0, 0, BitConverter.GetBytes((long)(uint)i)))]);
        Spread([.. Enumerable.Range(1, Keys * 20).Select(i => new decimal(i, i, 7, false, 0)).GroupBy(d => d.GetHashCode()).MaxBy(g => g.Count())!.Take(Keys)]);
        Spread([.. Enumerable.Range(1, Keys).Select(i => (A: new Guid(i, 0, 0, BitConverter.GetBytes((long)(uint)i)), B: 1))]);
        Spread([.. Enumerable.Range(1, Keys).Select(i => (long?)Folding(i))]);
        // Against the multiplication itself: all of these would begin in a few slots if there were no seed.
        Spread([.. Enumerable.Range(1, Keys).Select(i => unchecked((ulong)i * Inverse(KeyHash.Odd)))], ownHashes: Keys);
    }

    [Test]
    public void Equal_keys_have_equal_hashes_however_they_are_written()
    {
        Same(1.0m, 1.00m, 1m);
        Same(0m, -0.0m, 0.000m);
        Same(100m, 100.0000m, 1e2m);
        Same(79228162514264337593543950335m, decimal.MaxValue);
        Same(0.5m, 0.50m, 0.5000000000000000000000000000m);
        Same(0.0, -0.0);
        Same(double.NaN, -double.NaN, BitConverter.Int64BitsToDouble(0x7FF8000000000001));
        Same(0f, -0f);
        Same(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.FromHours(2)), new DateTimeOffset(2026, 1, 1, 10, 0, 0, TimeSpan.Zero));
        Same(new DateTime(5, DateTimeKind.Utc), new DateTime(5, DateTimeKind.Local));
        var random = new Random(3);
        for (var i = 0; i < 10_000; i++)
        {
            var value = new decimal(random.Next(), random.Next(2) * random.Next(), 0, random.Next(2) == 0, (byte)random.Next(10));
            Same(value, value + 0.000000000000m);
        }

        static void Same<T>(params T[] keys)
        {
            Assert.That(keys, Is.All.EqualTo(keys[0]));
            Assert.That(keys.Select(k => default(CompiledHash<T>).Hash(k, 12345)).Distinct().Count(), Is.EqualTo(1), $"{string.Join(" and ", keys)} have hashes of their own");
        }
    }

    // The number of comparisons per row is a small constant in every operator; with one chain of all keys it would be some hundreds.
    [TestCase("group"), TestCase("distinct"), TestCase("count distinct"), TestCase("rows that leave"), TestCase("merged groups"), TestCase("windows"), TestCase("running windows"), TestCase("sessions"), TestCase("map of a processor")]
    public async Task No_operator_compares_a_key_with_all_others(string name)
    {
        await using var harness = new StreamTestHarness();
        var source = harness.Source<Keyed>();
        var rows = source.Rows;
        var windows = rows.WithEventTime(r => r.At, TimeSpan.FromDays(1)).Window(Windowing.Tumbling(TimeSpan.FromHours(1)));
        var groups = from r in rows group r by r.Key into g select new { g.Key, N = g.Count() };
        var sink = new MemorySink<long>();
        await harness.StartAsync(name switch
        {
            "group" => Written(groups),
            "distinct" => rows.Select(r => r.Key).Distinct().Select(k => k.Value).WriteTo(sink),
            "count distinct" => (from r in rows group r by 0 into g select g.CountDistinct(r => r.Key)).WriteTo(sink, OutputMode.Complete),
            "rows that leave" => Written(from g in groups where g.N % 2 == 1 select g),
            "merged groups" => Written(groups.GroupBy(g => g.Key).Select(g => new { g.Key, N = g.Sum(r => r.N) }).Where(g => g.N > 0)),
            "windows" => windows.GroupBy(r => r.Key).Select(g => g.Key.Value).WriteTo(sink),
            "running windows" => Written(windows.EmitOnUpdate().GroupBy(r => r.Key).Select(g => new { g.Key, g.Window, N = g.Count() })),
            "sessions" => rows.WithEventTime(r => r.At, TimeSpan.FromDays(1)).Window(Windowing.Session(TimeSpan.FromSeconds(1))).GroupBy(r => r.Key).Select(g => g.Key.Value).WriteTo(sink),
            _ => rows.Process(r => 0, () => new Counter()).WriteTo(sink),
        });
        Interlocked.Exchange(ref _comparisons, 0);
        var input = Enumerable.Range(1, Keys).Select(i => new Keyed(new Probe(Folding(i)), Start.AddMilliseconds(i))).ToArray();
        for (var epoch = 0; epoch < 4; epoch++) await source.EpochAsync(input);
        await source.CompleteAsync();
        var perRow = Interlocked.Read(ref _comparisons) / (4.0 * Keys);
        await TestContext.Out.WriteLineAsync($"{name}: {perRow:F1} comparisons per row");
        Assert.That(perRow, Is.LessThan(40), "keys are looked for among all keys");

        static StreamOutput Written<T>(IStreamQueryable<T, Table> table) => table.WriteTo(new Nothing<T>(), OutputMode.Changelog);
    }

    private static void Spread<T>(T[] keys, int ownHashes = 1)
    {
        Assert.That(keys.Distinct().Count(), Is.GreaterThan(Keys / 2), typeof(T).Name);
        Assert.That(keys.Select(k => k!.GetHashCode()).Distinct().Count(), Is.LessThanOrEqualTo(ownHashes), $"{typeof(T).Name}: these do not collide, so they show nothing");
        var random = new Random(7);
        for (var tries = 0; tries < 20; tries++)
        {
            // As the tables of the engine do: linear probing from the upper bits, at most three quarters full.
            var seed = (ulong)random.NextInt64();
            var taken = new bool[4096];
            long steps = 0;
            foreach (var key in keys.Distinct())
            {
                var slot = (int)(Hash(key, seed) >> 52);
                for (; taken[slot]; slot = (slot + 1) & 4095) steps++;
                taken[slot] = true;
            }

            Assert.That(steps / (double)keys.Length, Is.LessThan(6), $"{typeof(T).Name}, seed {seed}: steps per key");
        }
    }

    private static ulong Hash<T>(T key, ulong seed) => ((IKeyHash<T>)Activator.CreateInstance(KeyHash.For(typeof(T)))!).Hash(key, seed);

    private static ulong Inverse(ulong odd)
    {
        var inverse = odd;
        for (var i = 0; i < 6; i++) inverse = unchecked(inverse * (2 - (odd * inverse)));
        return inverse;
    }

    /// <summary>A key that counts how often it is compared, and hashes as a long does.</summary>
    internal readonly record struct Probe(long Value)
    {
        public bool Equals(Probe other)
        {
            Interlocked.Increment(ref _comparisons);
            return Value == other.Value;
        }

        public override int GetHashCode() => Value.GetHashCode();
    }

    internal sealed record Keyed(Probe Key, DateTimeOffset At);

    private sealed class Counter : StatefulProcessor<int, Keyed, long>
    {
        private readonly MapState<Probe, long> _counts;

        public Counter() => _counts = Map<Probe, long>("counts");

        public override void OnRow(int key, Keyed row, IProcessContext<long> context)
        {
            _counts.TryGet(row.Key, out var count);
            _counts[row.Key] = count + 1;
        }
    }

    /// <summary>Takes everything and keeps nothing.</summary>
    private sealed class Nothing<T> : IStreamSink<T>, IStreamSinkWriter<T>
    {
        public string Description => "nothing";

        public SinkFeatures Features => SinkFeatures.Upserts | SinkFeatures.Deletes | SinkFeatures.Replaces | SinkFeatures.IdempotentByEpoch;

        public ValueTask<IStreamSinkWriter<T>> OpenAsync(SinkContext context, CancellationToken cancellationToken) => new(this);

        public ValueTask WriteAsync(SinkBatch<T> batch, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask CommitAsync(long epoch, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
