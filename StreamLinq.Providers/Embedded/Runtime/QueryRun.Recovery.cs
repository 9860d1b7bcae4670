// The start of a run: the checkpoint is opened, state and offsets are put back, sources and sinks are opened where the last committed epoch left them.
using Microsoft.Extensions.Logging;

namespace StreamLinq.Embedded;

internal sealed partial class QueryRun
{
    private readonly Dictionary<string, DateTimeOffset> _completeSince = new(StringComparer.Ordinal);

    internal static async Task<QueryRun> OpenAsync(
        IReadOnlyList<PhysicalPlan> plans, StreamingQueryOptions options, StreamEngineOptions engine, ILogger logger, CancellationToken cancellationToken, Func<long>? budget = null)
    {
        Checkpoint? checkpoint = null;
        QueryRun? run = null;
        try
        {
            if (options.CheckpointLocation is { } location)
            {
                checkpoint = await OpenCheckpointAsync(location, plans, options, engine, logger, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                if (options.StartFrom is { } savepoint) throw CheckpointErrors.NotASavepoint(savepoint, "the query has no checkpoint folder to bring it to. Set CheckpointLocation.");
                logger.NoCheckpoint(options.Name!);
            }

            var seed = checkpoint?.Seed ?? (ulong)Random.Shared.NextInt64();
            var graph = new QueryGraph(plans, seed, new StageContext { OnRowError = options.OnRowError, Time = engine.TimeProvider }, engine.MaxAhead, engine.Workers);
            run = new QueryRun(graph, checkpoint, checkpoint?.QueryId ?? Guid.NewGuid(), seed, options, engine, budget ?? (() => options.MemoryBudget ?? long.MaxValue), logger);
            await run.RecoverAsync(plans, cancellationToken).ConfigureAwait(false);
            return run;
        }
        catch
        {
            if (run is not null) await run.DisposeAsync().ConfigureAwait(false);
            else if (checkpoint is not null) await checkpoint.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static async Task<Checkpoint> OpenCheckpointAsync(
        string location, IReadOnlyList<PhysicalPlan> plans, StreamingQueryOptions options, StreamEngineOptions engine, ILogger logger, CancellationToken cancellationToken)
    {
        try
        {
            var storage = StorageAt(location, engine);
            if (options.StartFrom is { } savepoint) await Savepoint.ImportAsync(engine.Storage?.Invoke(savepoint) ?? FileStorage.Existing(savepoint), storage, cancellationToken).ConfigureAwait(false);
            return await Checkpoint.OpenAsync(storage, location, Identity(plans), [.. plans.SelectMany(p => p.Sources).Select(s => s.Name).Distinct()], engine.Checkpoints with { RetainedEpochs = options.RetainedEpochs }, logger, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (CheckpointErrors.IsOfDisk(error))
        {
            throw CheckpointErrors.OpenFailed(location, error);
        }
    }

    internal IStorage StorageAt(string location) => StorageAt(location, _engine);

    private static IStorage StorageAt(string location, StreamEngineOptions engine) => engine.Storage?.Invoke(location) ?? new FileStorage(location);

    internal static string Identity(IReadOnlyList<PhysicalPlan> plans) => string.Join(" + ", plans.Select(p => p.Plan.ToString()));

    private async Task RecoverAsync(IReadOnlyList<PhysicalPlan> plans, CancellationToken cancellationToken)
    {
        var committed = _checkpoint?.LastCommitted;
        _pending = _checkpoint?.Pending;
        foreach (var table in _graph.SpilledTables) table.UseSpill(() => SpillFolder().Storage);
        NextEpoch = committed is null ? 0 : committed.Epoch + 1;
        if (_checkpoint is not null) await RestoreStateAsync(_checkpoint, cancellationToken).ConfigureAwait(false);
        if (committed is not null) _graph.Restore(committed.Watermarks);
        foreach (var source in _graph.Sources)
        {
            var start = committed?.Sources.FirstOrDefault(s => s.Source == source.Name)?.End ?? [];
            await source.OpenAsync(new SourceContext(source.Name, Id, start, _clock), cancellationToken).ConfigureAwait(false);
        }

        await OpenCallsAsync(cancellationToken).ConfigureAwait(false);
        for (var i = 0; i < plans.Count; i++)
        {
            var context = new SinkContext(Id, RunId, Name, plans[i].Output!.Mode, 0, 1, plans[i].Plan.KeyMembers ?? [], committed?.Epoch, _clock);
            await _graph.Outputs[i].OpenAsync(context, cancellationToken).ConfigureAwait(false);
        }
    }

    private const int PartLoadedWhole = 4;

    private async Task RestoreStateAsync(Checkpoint checkpoint, CancellationToken cancellationToken)
    {
        var changes = await checkpoint.AdoptAsync(_graph.DescribeState(Identity(_graph.Plans)), _options.AllowStateChanges, _clock.GetUtcNow(), cancellationToken).ConfigureAwait(false);
        if (changes.HasChanges) _logger.StateChanged(Name, changes);
        var byId = new Dictionary<int, IStateTable>();
        foreach (var table in _graph.Operators.SelectMany(o => o.Tables).Concat(_graph.Trackers))
        {
            var stored = checkpoint.Operators.First(o => o.Name == table.Name);
            _tables[table] = stored.Id;
            byId[stored.Id] = table;
            if (stored.CompleteSince is { } since) _completeSince[stored.Operator] = since;
        }

        try
        {
            _cold = await checkpoint.OpenBaseAsync(cancellationToken).ConfigureAwait(false);
            // A small base is loaded whole. Of a large one, what can stay there does, and the query starts on time. What is converted passes through memory, and what is new is in the base only when it is folded.
            var stays = checkpoint.AdoptedIn is null && checkpoint.Sizes.BaseBytes > Math.Min(_engine.Checkpoints.LoadWholeBytes, _budget() / PartLoadedWhole);
            var kinds = byId.ToDictionary(t => t.Key, t => t.Value is not IColdTable ? RestoreKind.Once : stays && _graph.ColdTables.Contains(t.Value) && checkpoint.RowsOf(t.Key) is not null ? RestoreKind.Changes : RestoreKind.InOrder);
            foreach (var table in _graph.ColdTables) table.UseCold(_cold, _tables[table]);
            foreach (var (id, table) in byId)
                if (kinds[id] == RestoreKind.InOrder && checkpoint.RowsOf(id) is { } rows) ((IColdTable)table).Expect(rows);
            await checkpoint.RestoreAsync(id => kinds[id], (id, key, value) => byId[id].Restore(key, value), (id, key) => ((IColdTable)byId[id]).RestoreRemoval(key), cancellationToken).ConfigureAwait(false);
            foreach (var table in byId.Values) table.Restored();
            foreach (var table in _graph.ColdTables) table.BeginCold(kinds[_tables[table]] == RestoreKind.Changes ? checkpoint.RowsOf(_tables[table]) : null);
            _firstEpoch = NextEpoch;
            _restoredIn = checkpoint.AdoptedIn ?? (NextEpoch - 1);
        }
        catch (Exception error) when (CheckpointErrors.IsOfDisk(error))
        {
            throw CheckpointErrors.OpenFailed(_options.CheckpointLocation!, error);
        }
    }
}
