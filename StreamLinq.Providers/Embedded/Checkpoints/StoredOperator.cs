// What the manifest says of the state of an operator: how its entries look, what their fields are called, and, as text, what they are computed from.
// At a start it is compared with the same of the query at hand. Text is only ever compared and shown.
using System.Text.Json.Serialization;

namespace StreamLinq.Embedded;

/// <summary>How the fields of a table's entries lie in key and value.</summary>
internal enum StateKind
{
    /// <summary>Fields without names, as they come.</summary>
    Plain,

    /// <summary>Key; accumulators.</summary>
    Group,

    /// <summary>End and start of the window, key; accumulators, number of the group.</summary>
    Window,

    /// <summary>End and start of the window, number of the part, key; accumulators.</summary>
    WindowPart,

    /// <summary>Key, start and end of the session; accumulators.</summary>
    Session,

    /// <summary>Key, value; how often.</summary>
    Pairs,

    /// <summary>Key; nothing, or until when.</summary>
    Distinct,

    /// <summary>Key and what tells entries of one key apart; when it was written, value.</summary>
    Cells,

    /// <summary>Partition; time.</summary>
    Watermark,
}

/// <summary>A key column or an accumulator.</summary>
/// <param name="Name">Its name, for people.</param>
/// <param name="Text">What it is computed from; the same text is the same computation.</param>
/// <param name="Parts">The names of the fields it takes; empty: one field, without a name of its own.</param>
internal sealed record StoredField(string Name, string Text, IReadOnlyList<string> Parts)
{
    /// <summary>For a key column of the query at hand: what it was for rows of before the column was there, if that is known.</summary>
    [JsonIgnore]
    public AddedDefault? Added { get; init; }

    [JsonIgnore]
    internal IEnumerable<(string Name, string Id)> Fields => Parts.Count == 0 ? [(Name, Text)] : Parts.Select(p => ($"{Name}.{p}", $"{Text} {p}"));
}

/// <summary>The value that a member had in rows that did not have it.</summary>
/// <param name="Sources">The sources of such rows.</param>
/// <param name="Member">The member's name.</param>
/// <param name="Value">The value.</param>
internal sealed record AddedDefault(IReadOnlyList<string> Sources, string Member, object? Value);

/// <summary>A table of an operator's state.</summary>
/// <param name="Id">Its number, in the entries; never used again for another.</param>
/// <param name="Name">Its name.</param>
/// <param name="Schema">How the bytes of its entries are to be read.</param>
internal sealed record StoredOperator(int Id, string Name, string Schema)
{
    /// <summary>The operator it belongs to.</summary>
    public string Operator { get; init; } = Name;

    public StateKind Kind { get; init; }

    /// <summary>Which of the operator's tables it is, by what it is for.</summary>
    public string Role { get; init; } = "";

    /// <summary>What must be the same for any of the state to be of use.</summary>
    public string Shape { get; init; } = "";

    /// <summary>Which rows reach the operator.</summary>
    public string Input { get; init; } = "";

    /// <summary>Whether its rows are taken back and sent anew as they change.</summary>
    public bool IsTable { get; init; }

    /// <summary>Whether rows that reach it can be taken back.</summary>
    public bool ReadsTable { get; init; }

    public IReadOnlyList<StoredField> Key { get; init; } = [];

    public IReadOnlyList<StoredField> Values { get; init; } = [];

    /// <summary>Since when it has seen every row that it is to see; null: since the query began.</summary>
    public DateTimeOffset? CompleteSince { get; init; }

    /// <summary>For an operator of the query at hand: the operators it reads, by name.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> Reads { get; init; } = [];
}

/// <summary>What a checkpoint becomes when the query was changed.</summary>
/// <param name="SinceEpoch">With the commit of which epoch.</param>
/// <param name="Query">The query's plans, for messages.</param>
/// <param name="Sources">Its sources.</param>
/// <param name="SourceRows">Their rows.</param>
/// <param name="Operators">Its tables.</param>
internal sealed record StoredChange(long SinceEpoch, string Query, IReadOnlyList<string> Sources, IReadOnlyDictionary<string, string> SourceRows, IReadOnlyList<StoredOperator> Operators);
