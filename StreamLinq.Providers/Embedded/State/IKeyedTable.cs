// A table that knows the key of its entries: where several workers share an operator, an entry of the checkpoint goes to the one that has the key.
namespace StreamLinq.Embedded;

internal interface IKeyedTable : IStateTable
{
    /// <summary>The hash of the key an entry belongs to, as <see cref="LaneOfKey"/> has it for rows.</summary>
    ulong HashOf(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong seed);
}
