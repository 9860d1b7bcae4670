// Keeps a run to its memory budget: between two epochs, entries that have not been used for the longest time leave memory, for the base of the checkpoint or for a folder of the run's own.
// Tables double when they are full, and while one does it is there once in its old size and once in the new one: so they are held to sizes with which all of them together fit, long before they would not.
namespace StreamLinq.Embedded;

internal sealed partial class QueryRun
{
    private const int PartBeforeKeeping = 3;

    private readonly ulong _seed;
    private readonly Func<long> _budget;
    private readonly StreamEngineOptions _engine;
    private ColdStore? _cold;
    private ColdStore? _spill;
    private SpillFolder? _folder;
    private long _firstEpoch;
    private long _restoredIn;

    /// <summary>Whether memory, and nothing else, has kept the last epoch from taking all rows there were. A source may stop short of a limit, so half of it counts.</summary>
    internal bool IsCutByMemory => _sizer.MemoryLimit is { } most && _graph.Sources.Any(s => s.Rows >= most / 2);

    private long FixedBytes => _checkpoint?.MemoryBytes ?? _spill?.MemoryBytes ?? 0;

    private async ValueTask KeepToBudgetAsync(long epoch)
    {
        var budget = _budget();
        var state = _graph.Operators.Sum(o => o.MemoryBytes);
        if (state + FixedBytes <= budget / PartBeforeKeeping) return;
        var tables = _graph.ColdTables.ToList();
        var spilled = _graph.SpilledTables.ToList();
        var groups = tables.Sum(t => t.MemoryBytes);
        var windows = spilled.Sum(t => t.MemoryBytes);
        var fixedBytes = state - groups - windows + FixedBytes;
        if (fixedBytes > budget) throw CheckpointErrors.OverBudget(budget, fixedBytes, _graph.Operators.MaxBy(o => o.MemoryBytes)?.Name ?? "the checkpoint");
        // Panes are held to half of their share, because a table that is full doubles; what they leave of the budget is for the rest.
        foreach (var table in spilled) table.Spill((long)((double)(budget - fixedBytes) * table.MemoryBytes / Math.Max(1, groups + windows) / 2));
        fixedBytes += spilled.Sum(t => t.MemoryBytes);
        if (tables.Count == 0) return;
        if (_cold is null) await SpillAsync(tables).ConfigureAwait(false);
        var room = Keep(tables, budget - fixedBytes, epoch);
        if (room == TableRoom.Enough || _checkpoint is null) return;

        // What has changed since the last fold cannot leave: that is folded in good time, or waited for.
        await _committing.ConfigureAwait(false);
        if (room == TableRoom.Little)
        {
            _checkpoint.BeginFold();
            return;
        }

        await _checkpoint.FoldAsync(CancellationToken.None).ConfigureAwait(false);
        _ = Keep(tables, budget - fixedBytes, epoch);
    }

    private TableRoom Keep(List<IColdTable> tables, long room, long epoch)
    {
        var folded = _checkpoint is null ? epoch - _firstEpoch + 1 : _checkpoint.FoldedThrough is var through && through >= _restoredIn ? through - _firstEpoch + 1 : -1;
        var all = Math.Max(1, tables.Sum(t => t.MemoryBytes));
        return tables.ConvertAll(table => table.Keep((long)((double)room * table.MemoryBytes / all), folded)).Min();
    }

    private async ValueTask SpillAsync(List<IColdTable> tables)
    {
        _spill = _cold = await ColdStore.SpillAsync(SpillFolder().Storage, _engine.Checkpoints, _budget(), _seed, CancellationToken.None).ConfigureAwait(false);
        for (var i = 0; i < tables.Count; i++) tables[i].UseCold(_cold, i + 1);
    }

    private SpillFolder SpillFolder()
    {
        if (_folder is not null) return _folder;
        _folder = Embedded.SpillFolder.Create(Path.GetTempPath());
        _logger.Spills(Name, _budget(), _folder.Storage.Location);
        return _folder;
    }
}
