// A table of which a part may be out of memory: what the run asks of it when memory is short, and at a start.
namespace StreamLinq.Embedded;

/// <summary>How much room a table has left of the bytes it may take.</summary>
internal enum TableRoom
{
    /// <summary>The next epoch may bring more than it can take: it would outgrow its bytes.</summary>
    None,

    /// <summary>Enough for the next epoch and hardly for the one after it.</summary>
    Little,

    /// <summary>Enough for several epochs.</summary>
    Enough,
}

/// <summary>Keyed state whose entries may be in a <see cref="ColdStore"/> until they are asked for. Restored in order: an entry may come several times, the last one counts.</summary>
internal interface IColdTable : IStateTable
{
    /// <summary>How many entries there are, in memory and out of it.</summary>
    long TotalRows { get; }

    /// <summary>About how much memory it takes.</summary>
    long MemoryBytes { get; }

    /// <summary>From now on entries may be out of memory.</summary>
    /// <param name="store">Where they are.</param>
    /// <param name="table">The table's number there.</param>
    void UseCold(ColdStore store, int table);

    /// <summary>So many entries are about to be restored.</summary>
    void Expect(long rows) { }

    /// <summary>Says how many entries there are at a start, after those that have changed since the base were restored; null: all of them were restored.</summary>
    void BeginCold(long? totalRows);

    /// <summary>An entry that was removed since the base was written.</summary>
    void RestoreRemoval(ReadOnlySpan<byte> key);

    /// <summary>Lets entries leave that have not been used for the longest time, if the table would not keep to a number of bytes in the next epoch. Says what room there is then.</summary>
    /// <param name="bytes">What it may take.</param>
    /// <param name="foldedEpochs">How many epochs of this run are in the base; less than 0: not even all that was restored is. Entries changed later stay.</param>
    TableRoom Keep(long bytes, long foldedEpochs);
}
