// How values are compared wherever a query orders them: what Min, Max, MinBy, OrderBy and the order of tables have in common.
namespace StreamLinq.Embedded;

/// <summary>The order of values in Min, Max and OrderBy: the type's own, strings ordinal, nulls first.</summary>
internal static class ValueOrder<TValue>
{
    private static readonly IComparer<TValue> Order = typeof(TValue) == typeof(string) ? (IComparer<TValue>)(object)StringComparer.Ordinal : Comparer<TValue>.Default;

    public static int Compare(TValue? left, TValue? right) => Order.Compare(left, right);

    public static bool Less(TValue left, TValue right) => Order.Compare(left, right) < 0;
}
