// Those who do the same work in turns: the loop written by hand, which is the limit, the query, and whoever else is of interest.
namespace StreamLinq.Benchmarks;

/// <param name="Rows">How many rows a repetition is.</param>
/// <param name="Limit">The least that the work can cost.</param>
/// <param name="Query">StreamLinq.</param>
internal sealed record Contest(int Rows, Func<Task> Limit, IMeasuredQuery Query) : IAsyncDisposable
{
    /// <summary>Whoever else takes part, by name.</summary>
    internal IReadOnlyList<(string Name, Func<Task> Run)> Others { get; init; } = [];

    /// <summary>Makes of rows that have been read those that follow them in time.</summary>
    internal Action MoveOn { get; init; } = static () => { };

    /// <summary>Throws if the results do not agree; called once all have done the same work equally often.</summary>
    internal required Action Check { get; init; }

    internal static void Agree(bool agree)
    {
        if (!agree) throw new InvalidOperationException("Those who did the same work do not agree on what came of it.");
    }

    public ValueTask DisposeAsync() => Query.DisposeAsync();
}
