// Keyed state as the checkpoint sees it: entries that are put back at a start, and those that an epoch has changed.
namespace StreamLinq.Embedded;

/// <summary>One named table of keyed state. An operator has one or more.</summary>
internal interface IStateTable
{
    /// <summary>The name it is kept under; unique in the query.</summary>
    string Name { get; }

    /// <summary>What its bytes mean, without the name of any type.</summary>
    string Schema { get; }

    /// <summary>Puts back an entry of the checkpoint.</summary>
    void Restore(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value);

    /// <summary>All entries of the checkpoint have been put back.</summary>
    void Restored() { }

    /// <summary>Writes what the epoch changed.</summary>
    void WriteChanges(StateDelta delta, int table);
}
