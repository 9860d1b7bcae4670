// Which aggregates keep the rows of their groups in an order of their own beside the groups: where rows can be taken back, the next one must be known without looking at all.
namespace StreamLinq.Embedded;

internal static class RankedAggregates
{
    /// <param name="call">The aggregate.</param>
    /// <param name="changing">Whether rows can be taken back.</param>
    internal static bool Has(AggregateCall call, bool changing) => changing && (call.KeepsRows || call.Function is AggregateFunction.Min or AggregateFunction.Max);
}
