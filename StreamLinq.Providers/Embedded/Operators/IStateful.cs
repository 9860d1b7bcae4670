// What the runtime asks of operators that keep state: to be restored, to say what an epoch changed, and to be counted.
namespace StreamLinq.Embedded;

/// <summary>An operator with state.</summary>
internal interface IStateful
{
    string Name { get; }

    IReadOnlyList<IStateTable> Tables { get; }

    /// <summary>Entries it keeps; after Flush, without those that go with this epoch.</summary>
    long Rows { get; }

    long RowsUpdated { get; }

    long RowsRemoved { get; }

    long MemoryBytes { get; }

    /// <summary>How many of <see cref="Rows"/> are not in memory.</summary>
    long RowsOnDisk => 0;

    /// <summary>Rows dropped for lateness since the query started.</summary>
    long RowsLate => 0;

    /// <summary>Pairs of a row and a closed window since the query started.</summary>
    long WindowsMissed => 0;

    /// <summary>The earliest input watermark at which an epoch without rows would emit or free something; null: none would.</summary>
    long? DueAt => null;

    /// <summary>The earliest clock, in UTC ticks, at which an epoch without rows would emit or free something; null: none would.</summary>
    long? DueAtClock => null;

    /// <summary>Begins an epoch, before its first row.</summary>
    void BeginEpoch(EpochTime time) { }

    /// <summary>Sends on what the epoch has changed; called after all of the epoch's input, upstream operators first.</summary>
    void Flush();

    /// <summary>Goes on where <see cref="Flush"/> stopped so that a sink could take what there was; false: nothing was left. Called until it says so.</summary>
    bool FlushMore() => false;

    /// <summary>Ends the epoch; what it changed has been written.</summary>
    void EndEpoch();
}

/// <summary>An operator whose rows are a table that can be read whole.</summary>
internal interface ITableOperator<TRow> : IStateful
{
    /// <summary>Who takes its changes.</summary>
    List<IRowTarget<TRow>> Targets { get; }

    /// <summary>Whether a row that goes and comes again has changed.</summary>
    bool SendsOnlyChanged { get; }

    /// <summary>Sends every row of the table as one that comes.</summary>
    void SendAll(IRowTarget<TRow> target);
}

/// <summary>An operator whose rows only come.</summary>
internal interface IStreamOperator<TRow> : IStateful
{
    List<IRowTarget<TRow>> Targets { get; }
}
