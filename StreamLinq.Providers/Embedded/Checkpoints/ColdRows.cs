// How many entries of a table are not in memory. Where several workers share a table, an entry leaves with one number of workers and is asked for by another: they count together.
namespace StreamLinq.Embedded;

/// <summary>Changed between epochs, or while the store is read.</summary>
internal sealed class ColdRows
{
    internal long Count { get; set; }
}
