// The rows that everything here is fed with: 24 bytes, keys scrambled over 63 bits so that no table profits from dense ones, uniform, the same on every machine.
namespace StreamLinq.Benchmarks;

/// <summary>A row of the input.</summary>
public readonly record struct Row(long Key, long Value, long Time);

internal static class Rows
{
    /// <summary>How many rows the engine and the loops get at a time.</summary>
    internal const int Batch = 4096;

    private const ulong Seed = 20260101;

    internal static Row[] Uniform(int count, int keys)
    {
        var rows = new Row[count];
        var state = Seed;
        for (var i = 0; i < count; i++)
        {
            var random = Scramble(state += 0x9E3779B97F4A7C15);
            rows[i] = new Row(KeyOf((long)(random % (ulong)keys)), (long)(random >> 40), i);
        }

        return rows;
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
