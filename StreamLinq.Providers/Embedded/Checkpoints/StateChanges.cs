// How a query differs from the one that wrote a checkpoint, as far as its state is concerned: a line per operator and source, for programs and for people.
using System.Text;

namespace StreamLinq;

/// <summary>What becomes of the state of an operator, or of the offsets of a source.</summary>
public enum StateChangeKind
{
    /// <summary>It goes on as it is.</summary>
    Kept,

    /// <summary>It goes on, in another form that follows from the old one; nothing is lost that the query still asks for.</summary>
    Converted,

    /// <summary>It goes on, and is right only for rows from now on. Must be allowed.</summary>
    Partial,

    /// <summary>It is of no use to the query at hand; the operator begins empty. Must be allowed.</summary>
    Reset,

    /// <summary>The checkpoint does not have it; an operator begins empty, a source at its beginning. Must be allowed.</summary>
    Added,

    /// <summary>The query does not have it; what is kept for it is thrown away. Must be allowed.</summary>
    Dropped,

    /// <summary>It cannot go on and cannot begin empty either, as things stand; the reason says what would make it possible.</summary>
    Impossible,
}

/// <summary>The change of one operator or source.</summary>
/// <param name="Name">Its name.</param>
/// <param name="IsSource">Whether it is a source.</param>
/// <param name="Kind">What becomes of its state.</param>
/// <param name="Reasons">Why, in words; empty if nothing changes.</param>
/// <param name="IsAllowed">Whether a start would adopt it.</param>
public sealed record StateChange(string Name, bool IsSource, StateChangeKind Kind, IReadOnlyList<string> Reasons, bool IsAllowed)
{
    /// <summary>One line: the name, what becomes of it, why, and what to allow.</summary>
    public override string ToString()
    {
        var text = new StringBuilder(IsSource ? "source " : "").Append(Name).Append(": ").Append(Kind switch
        {
            StateChangeKind.Partial => "right only for rows from now on",
            StateChangeKind.Reset => "begins empty",
            StateChangeKind.Added => IsSource ? "new, read from its beginning" : "new, begins empty",
            StateChangeKind.Dropped => IsSource ? "gone, its offsets are dropped" : "gone, its state is dropped",
            StateChangeKind.Kept => "kept",
            StateChangeKind.Converted => "converted",
            _ => "impossible",
        });
        if (Reasons.Count > 0) text.Append(" (").AppendJoin("; ", Reasons).Append(')');
        if (!IsAllowed && Kind != StateChangeKind.Impossible) text.Append(" - allow it with ").Append(Kind).Append(" = [\"").Append(Name).Append("\"]");
        return text.ToString();
    }
}

/// <summary>The changes of a query against a checkpoint.</summary>
/// <param name="Location">The checkpoint's folder.</param>
/// <param name="Changes">The sources of both, then the operators with state of both.</param>
public sealed record StateChanges(string Location, IReadOnlyList<StateChange> Changes)
{
    /// <summary>Whether a start would go on from the checkpoint.</summary>
    public bool IsAllowed => Changes.All(c => c.IsAllowed);

    /// <summary>Whether anything is not kept as it is.</summary>
    public bool HasChanges => Changes.Any(c => c.Kind != StateChangeKind.Kept);

    /// <summary>A line per operator and source.</summary>
    public override string ToString() => Changes.Count == 0 ? $"There is no state in '{Location}'." : string.Join('\n', Changes);
}
