// A slice of time that several windows share, or one window: its groups in a table, and those parts of it that have left memory.
namespace StreamLinq.Embedded;

/// <summary>A pane's place and groups.</summary>
internal sealed class Pane<TKey, TState, TResult, THash>(WindowSpan span, long epoch, GroupTable<TKey, TState, TResult, THash> table) where THash : struct, IKeyHash<TKey>
{
    internal WindowSpan Span => span;

    /// <summary>The epoch it was made in, counted by the run.</summary>
    internal long Epoch => epoch;

    internal GroupTable<TKey, TState, TResult, THash> Table => table;

    /// <summary>Which stretch the table holds: 0 until the pane leaves memory for the first time.</summary>
    internal int Generation { get; set; }

    /// <summary>What has left memory, earlier stretches first.</summary>
    internal List<PaneRun<TKey, TState>> Runs { get; } = [];

    /// <summary>Groups of later stretches that a restart brings, until all of them are there.</summary>
    internal SortedDictionary<int, GroupTable<TKey, TState, TResult, THash>> Restored { get; } = [];

    internal long Count => table.Count + Runs.Sum(r => r.Count);
}
