// How a table is written. A stream is appended, and the word for that (OutputMode.Append) has a type of its own, so that the
// compiler tells the two apart: Append on a table, or Update on a stream, does not compile (SLQ0009).
namespace StreamLinq;

/// <summary>
/// How the changes of a table reach a sink: <see cref="Update"/>, <see cref="Complete"/> or <see cref="Changelog"/>. All three are views of one changelog;
/// changes within an epoch are consolidated, so a row that comes and goes in one epoch is never seen. A stream takes no mode, or <see cref="Append"/>.
/// The names are Spark Structured Streaming's; unlike there, Update writes only rows that changed, not rows that were touched.
/// </summary>
public sealed class OutputMode
{
    private readonly string _name;

    private OutputMode(string name) => _name = name;

    /// <summary>The mode of a stream: each row once. The same as naming no mode.</summary>
    public static AppendMode Append => default;

    /// <summary>Per epoch one <see cref="ChangeKind.Upsert"/> for each key whose row changed and one <see cref="ChangeKind.Delete"/> for each key that left. The row must hold the table's key (SLQ1008).</summary>
    public static OutputMode Update { get; } = new(nameof(Update));

    /// <summary>The whole table, in its order, in every epoch in which it changed. A table without an order is written in the order of its keys.</summary>
    public static OutputMode Complete { get; } = new(nameof(Complete));

    /// <summary>A <see cref="ChangeKind.Delete"/> of the old row and an <see cref="ChangeKind.Insert"/> of the new one for each change. Needs no key.</summary>
    public static OutputMode Changelog { get; } = new(nameof(Changelog));

    /// <inheritdoc />
    public override string ToString() => _name;
}

/// <summary>The type of <see cref="OutputMode.Append"/>, the only mode of a stream.</summary>
public readonly record struct AppendMode
{
    /// <inheritdoc />
    public override string ToString() => nameof(OutputMode.Append);
}
