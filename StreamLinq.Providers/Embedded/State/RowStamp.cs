// Where a row that an operator sends stands among those that its other parts send, which other workers run: put in the order of their stamps, the rows of all parts come as one part alone would send them.
namespace StreamLinq.Embedded;

/// <summary>Compared from the first number to the last; what the numbers are is the operator's own business. Rows of one part with equal stamps stay as they are, rows of two parts never have equal ones.</summary>
/// <param name="First">The first number.</param>
/// <param name="Second">The second.</param>
/// <param name="Third">The third.</param>
/// <param name="Fourth">The fourth.</param>
/// <param name="Key">The bytes of a key, compared last.</param>
internal readonly record struct RowStamp(long First, long Second = 0, long Third = 0, long Fourth = 0, byte[]? Key = null)
{
    /// <summary>Whether a row of this stamp comes before one of the other.</summary>
    internal static bool IsBefore(in RowStamp left, in RowStamp right)
    {
        if (left.First != right.First) return left.First < right.First;
        if (left.Second != right.Second) return left.Second < right.Second;
        if (left.Third != right.Third) return left.Third < right.Third;
        return left.Fourth != right.Fourth ? left.Fourth < right.Fourth : left.Key.AsSpan().SequenceCompareTo(right.Key) < 0;
    }
}
