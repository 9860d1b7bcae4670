// What a changed query may do to the state of the one before. Everything that would make an answer wrong or throw something away is named here, operator by operator, or the start is refused.
namespace StreamLinq;

/// <summary>
/// The changes of a query that a start may adopt although they lose something: the names of operators (and, in <see cref="Added"/> and <see cref="Dropped"/>, of sources). Names allow only; one whose
/// state goes on as it is is left alone, so the lists may stay in place after the start that needed them. The refusal (SLQ2043) and <c>StreamCheckpoint.CompareAsync</c> tell which names are needed.
/// </summary>
public sealed record AllowedStateChanges
{
    /// <summary>Operators that may go on with state that is right only for rows from now on: they have a new aggregate, or other rows reach them. <see cref="StateOperatorProgress.CompleteSince"/> then says since when.</summary>
    public IReadOnlyCollection<string> Partial { get; init; } = [];

    /// <summary>Operators that may throw their state away and begin empty: what they keep now does not follow from what they kept. Also taken for one that could go on partially and is not named in <see cref="Partial"/>.</summary>
    public IReadOnlyCollection<string> Reset { get; init; } = [];

    /// <summary>Operators and sources that the checkpoint does not know. The operators begin empty and miss the rows read so far; the sources are read from their beginning.</summary>
    public IReadOnlyCollection<string> Added { get; init; } = [];

    /// <summary>Operators and sources that the query no longer has. Their state and offsets are thrown away.</summary>
    public IReadOnlyCollection<string> Dropped { get; init; } = [];

    /// <summary>
    /// Members and columns that have another name now, by their old name: <c>["Amount"] = "Total"</c> says that <c>o.Amount</c> in the query before is <c>o.Total</c> in this one. It holds for all types of the query.
    /// Without it, a renamed member is one that is gone and one that is new. Unlike the other lists it must go when it has done its work, if the old name comes into use again.
    /// </summary>
    public IReadOnlyDictionary<string, string> Renamed { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);
}
