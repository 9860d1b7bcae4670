// The rows that everything here is fed with: 24 bytes, keys scrambled over 63 bits so that no table profits from dense ones, uniform, the same on every machine.
namespace StreamLinq.Benchmarks;

/// <summary>A row of the input.</summary>
/// <param name="Key">Never 0.</param>
/// <param name="Value">Not negative.</param>
/// <param name="Time">Its event time, in ticks.</param>
public readonly record struct Row(long Key, long Value, long Time);

internal static class Rows
{
    /// <summary>How many rows the engine and the loops get at a time.</summary>
    internal const int Batch = 4096;

    /// <summary>How long a window is.</summary>
    internal const long WindowTicks = TimeSpan.TicksPerSecond;

    /// <summary>How far rows may be out of order.</summary>
    internal const long DelayTicks = TimeSpan.TicksPerSecond / 10;

    private const int Windows = 10;
    private const ulong Seed = 20260101;

    /// <param name="count">How many.</param>
    /// <param name="keys">How many distinct keys they have.</param>
    /// <param name="delay">How far they may be out of order, in ticks; 0: in order.</param>
    internal static Row[] Uniform(int count, int keys, long delay = DelayTicks)
    {
        var rows = new Row[count];
        var state = Seed;
        for (var i = 0; i < count; i++)
        {
            var random = Scramble(state += 0x9E3779B97F4A7C15);
            rows[i] = new Row(KeyOf((long)(random % (ulong)keys)), (long)(random >> 40), TimeOf(i, count, random, delay));
        }

        return rows;
    }

    /// <summary>Rows with keys by number.</summary>
    internal static Row[] Of(int count, Func<int, int> number)
    {
        var rows = new Row[count];
        for (var i = 0; i < count; i++) rows[i] = new Row(KeyOf(number(i)), (i & 0xFFFF) + 1, 0);
        return rows;
    }

    /// <summary>Makes of rows that have been read those that follow them in time: the same keys, ten windows later.</summary>
    internal static void MoveOn(Row[] rows)
    {
        foreach (ref var row in rows.AsSpan()) row = row with { Time = row.Time + (Windows * WindowTicks) };
    }

    // The last row is at a whole millisecond, as watermarks are. Ten windows, evenly filled, each row up to the delay too late. At the end of the rows the watermark is just below the end of a window: nothing is left to be closed then, where nobody measures.
    private static long TimeOf(int row, int count, ulong random, long delay)
    {
        var start = new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero).Ticks + delay - (DelayTicks / 10);
        return start + (long)((row + 1) * (double)(Windows * WindowTicks) / count) - (delay == 0 ? 0 : (long)(Scramble(random) % (ulong)delay));
    }

    // A key of 63 bits, never 0: the hand-written tables mark a free slot with 0.
    private static long KeyOf(long number) => (long)(Scramble((ulong)number + 1) >> 1) | 1;

    // SplitMix64.
    private static ulong Scramble(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
