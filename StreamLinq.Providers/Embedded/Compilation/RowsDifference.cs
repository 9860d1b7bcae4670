// What came and went between two lists of rows of one group. Most of the first ten rows of a group stay when another one gets in: what stays need not leave and come again.
namespace StreamLinq.Embedded;

/// <summary>Takes from the old and the new row of a group what both have.</summary>
internal delegate void RowDifference<TRow>(ref TRow old, ref TRow now);

internal static class RowsDifference
{
    // A row that is found no nearer counts as gone; should it come up later, it counts as new, and the sum is the same.
    private const int Ahead = 32;
    private const int OnStack = 256;

    /// <summary>Leaves in each list what the other does not have, in its order. The lists are replaced and not changed.</summary>
    public static void Trim<T>(ref T[] old, ref T[] now)
    {
        if (ReferenceEquals(old, now))
        {
            old = now = [];
            return;
        }

        var same = SureEquality.Of<T>();
        Span<bool> stayed = old.Length <= OnStack ? stackalloc bool[old.Length] : new bool[old.Length];
        Span<bool> known = now.Length <= OnStack ? stackalloc bool[now.Length] : new bool[now.Length];
        var (both, next) = (0, 0);
        for (var i = 0; i < old.Length; i++)
        {
            var at = next;
            var end = Math.Min(now.Length, next + Ahead);
            while (at < end && !same(old[i], now[at])) at++;
            if (at == end) continue;
            stayed[i] = known[at] = true;
            next = at + 1;
            both++;
        }

        if (both == 0) return;
        (old, now) = (Without(old, stayed, both), Without(now, known, both));
    }

    private static T[] Without<T>(T[] rows, ReadOnlySpan<bool> left, int count)
    {
        if (count == rows.Length) return [];
        var rest = new T[rows.Length - count];
        var next = 0;
        for (var i = 0; i < rows.Length; i++)
            if (!left[i]) rest[next++] = rows[i];
        return rest;
    }
}
