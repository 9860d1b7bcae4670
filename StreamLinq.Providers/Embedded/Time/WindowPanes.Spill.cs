// The part of the panes that deals with those out of memory. A pane leaves whole; rows that still come for it begin a new table, and closing merges all of its parts.
namespace StreamLinq.Embedded;

internal sealed partial class WindowPanes<TKey, TState, TResult, THash> : ISpilledTable
{
    private const int SmallestSpilled = 1024;
    private readonly Codec<TKey> _groupKeys = Codecs.Key<TKey>();
    private readonly Codec<TState> _groupStates = Codecs.Value<TState>();
    private Func<IStorage>? _storage;
    private int _runs;

    /// <summary>Tells its files from those of other workers.</summary>
    internal int Lane { get; init; }

    /// <summary>The table of what the checkpoint has of panes that have left memory once.</summary>
    internal PaneParts<TKey, TState, TResult, THash> Parts { get; }

    /// <summary>Panes that were dropped in the running epoch.</summary>
    internal IReadOnlyList<Pane<TKey, TState, TResult, THash>> Dropped => _dropped;

    internal long CountOnDisk => _panes.Values.Sum(p => p.Runs.Sum(r => r.Count));

    public bool CanSpill { get; }

    public void UseSpill(Func<IStorage> storage) => _storage = storage;

    public void Spill(long bytes)
    {
        _pool.Clear();
        foreach (var pane in _panes.Values.OrderByDescending(p => p.Table.MemoryBytes).ToList())
        {
            if (MemoryBytes <= bytes || pane.Table.Count < SmallestSpilled) break;
            Leave(pane, pane.Table);
            pane.Generation++;
        }
    }

    private void Leave(Pane<TKey, TState, TResult, THash> pane, GroupTable<TKey, TState, TResult, THash> table, int? generation = null)
    {
        pane.Runs.Add(PaneRun<TKey, TState>.Write(table, generation ?? pane.Generation, _storage!(), $"panes/{Name.Replace('/', '-')}.{Lane}.{_runs++}", _groupKeys, _groupStates));
        table.Reset();
    }

    internal void RestorePart(WindowSpan span, int generation, TKey key, TState state)
    {
        var pane = PaneOf(span);
        if (!pane.Restored.TryGetValue(generation, out var table)) pane.Restored[generation] = table = new GroupTable<TKey, TState, TResult, THash>(_seed, _result(span), _canonical, ordered: true);
        table.Restore(key, state);
    }

    // The stretches of a pane stay apart: the checkpoint has a group once for each.
    public void Restored()
    {
        foreach (var pane in _panes.Values)
        {
            if (pane.Restored.Count == 0) continue;
            if (pane.Table.Count > 0) Leave(pane, pane.Table);
            foreach (var (generation, table) in pane.Restored)
            {
                Leave(pane, table, generation);
                pane.Generation = generation + 1;
            }

            pane.Restored.Clear();
        }
    }
}
