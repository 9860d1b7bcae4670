// Any rows, cut into any epochs and batches, with crashes between and inside epochs, give what the model gives.
using NUnit.Framework;
using StreamLinq.Embedded;

namespace StreamLinq.Tests.Processing;

public sealed class ProcessModelTests
{
    [FsCheck.NUnit.Property(MaxTest = 300)]
    public void A_processor_does_what_the_model_does(int seed, bool lives, bool hasEventTime)
    {
        var random = new Random(seed);
        var run = new OperatorRun<int, Command, string>(() => new Journal(lives), hasEventTime);
        var model = new JournalModel(lives, hasEventTime);
        var watermark = EpochTime.NoWatermark;
        long clock = 100;
        for (var epoch = 0; epoch < 12; epoch++)
        {
            var rows = Enumerable.Range(0, random.Next(6)).Select(_ => (Key: random.Next(-1, 3), Row: new Command((Do)random.Next(9), random.Next(9)), Time: Math.Max(100, clock + random.Next(-8, 8)))).ToArray();
            if (epoch == 11 && random.Next(2) == 0) watermark = EpochTime.EndOfTime;
            var expected = model.Epoch(watermark, clock, rows);
            var given = rows.Select(r => (r.Key, r.Row, new DateTimeOffset(r.Time, TimeSpan.Zero))).ToArray();
            if (random.Next(4) == 0) run.Epoch(watermark, clock, given, commit: false);
            var emitted = run.Epoch(watermark, clock, given, batch: random.Next(1, 4));
            Assert.That(emitted.Select(e => e.Row), Is.EqualTo(expected));
            Assert.That(emitted.Select(e => e.Time.Ticks), Is.EqualTo(expected.Select(e => long.Parse(e.Split(' ')[2]))));
            Assert.That(run.Operator.MemoryBytes, Is.Positive);
            if (random.Next(3) == 0) run.Crash();
            clock += random.Next(4);
            watermark = random.Next(3) == 0 ? watermark : Math.Max(watermark, clock - random.Next(12));
        }
    }

    [FsCheck.NUnit.Property(MaxTest = 100)]
    public void What_is_not_late_is_seen_alike_however_rows_are_cut_into_epochs(int seed)
    {
        var random = new Random(seed);
        var at = 100L;
        var rows = Enumerable.Range(0, 20).Select(_ => (Key: random.Next(2), Row: new Command(random.Next(2) == 0 ? Do.AddItem : (Do)random.Next(6), random.Next(9)), Time: at += random.Next(5)))
            .Select(r => (r.Key, r.Row, new DateTimeOffset(r.Time, TimeSpan.Zero))).ToArray();
        var whole = new OperatorRun<int, Command, string>(() => new Journal(lives: true), hasEventTime: true);
        var parts = new OperatorRun<int, Command, string>(() => new Journal(lives: true), hasEventTime: true);
        var expected = whole.Epoch(EpochTime.NoWatermark, rows).Select(e => Seen(e.Row));
        var watermark = EpochTime.NoWatermark;
        var emitted = new List<string>();
        foreach (var chunk in rows.Chunk(random.Next(1, 6)))
        {
            emitted.AddRange(parts.Epoch(watermark, chunk).Select(e => Seen(e.Row)));
            // The watermark of rows in order is the time before the last one: what comes at the same time again is not late.
            watermark = chunk[^1].Item3.Ticks - 1;
        }

        Assert.That(emitted, Is.EqualTo(expected));

        static string Seen(string said) => said[..said.LastIndexOf(' ')];
    }
}
