// What a table of latest rows keeps of a key: the row that counts, and its time.
namespace StreamLinq.Embedded;

/// <summary>What a key has.</summary>
internal enum LatestMark : byte
{
    /// <summary>Nothing was heard of it.</summary>
    Unknown,

    /// <summary>A row.</summary>
    Row,

    /// <summary>Its row was taken away.</summary>
    Gone,

    /// <summary>Nothing that was heard of it matters any more.</summary>
    Forgotten,
}

internal static class LatestRow
{
    /// <summary>Takes the later of two into the first; of equal times the second, which came later.</summary>
    internal static void Merge<TRow>(ref (TRow Row, long Time, byte Mark) into, (TRow Row, long Time, byte Mark) from)
    {
        if (from.Mark != 0 && (into.Mark == 0 || from.Time >= into.Time)) into = from;
    }
}
