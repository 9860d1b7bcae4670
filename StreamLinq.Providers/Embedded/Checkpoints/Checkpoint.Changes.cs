// A start with a query that may have been changed. What the manifest says stands until the first epoch of the changed query is committed: beside it the manifest then says what stands from that epoch on.
// The delta of that epoch holds every converted entry under the new number of its table, and takes out those under numbers that no table has any more.
// So a crash before the commit leaves the old query's state as it was, and the next start, with whichever query, begins from it again.
using System.Text.Json;

namespace StreamLinq.Embedded;

internal sealed partial class Checkpoint
{
    private IReadOnlyList<StoredOperator> _registered = [];
    private Dictionary<int, (int Id, EntryConversion? Conversion)>? _takeover;
    private StateDelta? _adopted;

    /// <summary>The epoch with whose commit this run's conversions are in the checkpoint; null: nothing is converted or thrown away.</summary>
    internal long? AdoptedIn { get; private set; }

    /// <summary>The tables of the query, with their numbers.</summary>
    internal IReadOnlyList<StoredOperator> Operators => _registered;

    /// <summary>The manifest as it is at the last commit.</summary>
    private Manifest Standing => LastCommitted is { } last ? _manifest.After(last.Epoch) : _manifest;

    /// <summary>Compares a query with the one that wrote the checkpoint. Nothing is written.</summary>
    internal StateChanges Compare(QueryState now, AllowedStateChanges? allowed) =>
        LastCommitted is null ? new StateChanges(_location, []) : Compared(now, allowed).ToChanges(_location);

    /// <summary>
    /// Makes the query's state that of the checkpoint: kept, converted, begun empty. It is done for good with the commit of the first epoch.
    /// Returns what has changed. Throws SLQ2043 if something has changed that is not allowed, SLQ1013 if the checkpoint is of another query altogether.
    /// </summary>
    internal async ValueTask<StateChanges> AdoptAsync(QueryState now, AllowedStateChanges? allowed, DateTimeOffset at, CancellationToken cancellationToken)
    {
        var changes = new StateChanges(_location, []);
        var manifest = _manifest;
        if (LastCommitted is null)
        {
            // Without a committed epoch there is no state that could be wrong. The folder may be another's all the same.
            if (!_isNew && !_manifest.Sources.Intersect(now.Sources, StringComparer.Ordinal).Any())
                throw CheckpointErrors.AnotherQuery(_location, _manifest.Query, now.Query, _manifest.Sources, now.Sources);
            manifest = _manifest with { Query = now.Query, Sources = now.Sources, SourceRows = now.SourceRows, Operators = Numbered(now.Tables), Change = null };
            _registered = manifest.Operators;
        }
        else
        {
            var comparison = Compared(now, allowed);
            changes = comparison.ToChanges(_location);
            if (!changes.IsAllowed)
            {
                throw Standing.Sources.Intersect(now.Sources, StringComparer.Ordinal).Any()
                    ? CheckpointErrors.Changed(_location, changes.ToString())
                    : CheckpointErrors.AnotherQuery(_location, Standing.Query, now.Query, Standing.Sources, now.Sources);
            }

            manifest = Adopted(comparison.Plan(at), now);
        }

        var isChanged = Text(manifest) != Text(_manifest);
        manifest = manifest with { LastId = Math.Max(manifest.LastId, _registered.Select(o => o.Id).DefaultIfEmpty(0).Max()) };
        await GuardAsync(() => _storage.RunAsync(Begin, cancellationToken)).ConfigureAwait(false);
        return changes;

        void Begin()
        {
            if (_isNew || isChanged) manifest.Write(_storage);
            _manifest = manifest;
            BeginLogs();
        }
    }

    /// <summary>Makes ready for reading the state as it is; returns its tables.</summary>
    internal async ValueTask<IReadOnlyList<StoredOperator>> ReadOnlyAsync(CancellationToken cancellationToken)
    {
        await GuardAsync(() => _storage.RunAsync(BeginLogs, cancellationToken)).ConfigureAwait(false);
        return _registered = Standing.Operators;
    }

    private Manifest Adopted(IReadOnlyList<TablePlan> plans, QueryState now)
    {
        var standing = Standing;
        var id = LastId;
        var takeover = new Dictionary<int, (int Id, EntryConversion? Conversion)>();
        var operators = new List<StoredOperator>();
        foreach (var plan in plans)
        {
            var number = plan.Stored is { } same && plan.Conversion is null ? same.Id : ++id;
            operators.Add(plan.Now with { Id = number });
            if (plan.Stored is { } stored) takeover.Add(stored.Id, (number, plan.Conversion));
        }

        _registered = operators;
        var isSame = standing.Query == now.Query && Text(standing) == Text(standing with { Sources = now.Sources, SourceRows = now.SourceRows, Operators = operators, Change = null });
        if (isSame) return _manifest;
        var since = Pending?.Epoch ?? (LastCommitted!.Epoch + 1);
        if (standing.Operators.Any(o => !takeover.TryGetValue(o.Id, out var to) || to.Id != o.Id))
        {
            _takeover = takeover;
            AdoptedIn = since;
            _adopted = NewDelta();
            _adopted.Begin(since);
        }

        return standing with { Change = new StoredChange(since, now.Query, now.Sources, now.SourceRows, operators) };
    }

    private int LastId => Math.Max(_manifest.LastId, _manifest.Operators.Concat(_manifest.Change?.Operators ?? []).Select(o => o.Id).DefaultIfEmpty(0).Max());

    private List<StoredOperator> Numbered(IReadOnlyList<StoredOperator> tables)
    {
        var id = LastId;
        return [.. tables.Select(t => t with { Id = _manifest.Operators.FirstOrDefault(o => o.Name == t.Name)?.Id ?? ++id })];
    }

    private StateComparison Compared(QueryState now, AllowedStateChanges? allowed)
    {
        var standing = Standing;
        try
        {
            return StateComparison.Of(new QueryState(standing.Query, standing.Sources, standing.SourceRows, standing.Operators), now, allowed);
        }
        catch (FormatException e)
        {
            throw CheckpointErrors.Damaged(_location, Manifest.FileName, $"the state of an operator is not described as it should be: {e.Message}", e);
        }
    }

    private static string Text(Manifest manifest) => JsonSerializer.Serialize(manifest, CheckpointJson.Default.Manifest);

    private StateDelta NewDelta() => new(_manifest.Layout, id => _registered.FirstOrDefault(o => o.Id == id)?.Name ?? $"operator {id}");

    private void BeginLogs()
    {
        _epochs ??= EpochLog.Open(_storage, _logger, _options.RetainedEpochs);
        _log = new DeltaLog(_storage, _manifest.Layout, _options, _manifest.DeltaBegin, _epochs.Commits.Values.Select(d => d.To).DefaultIfEmpty(0).Max());
        _log.Truncate(_manifest.DeltaBegin);
        foreach (var (_, delta) in Unfolded())
        {
            _unfoldedEpochs++;
            _unfoldedBytes += delta.Bytes;
            _unfoldedEntries += delta.Entries;
        }
    }

    // Entries under numbers that go on are handed on; the others are rewritten or taken out, and that is noted for the first epoch.
    private StateVisitor Adopting(StateVisitor visit)
    {
        if (_takeover is not { } takeover || _adopted is not { } adopted) return visit;
        return (id, key, value) =>
        {
            if (takeover.TryGetValue(id, out var to) && to.Id == id)
            {
                visit(id, key, value);
                return;
            }

            adopted.Remove(id, key);
            to.Conversion?.Convert(to.Id, key, value, (newId, newKey, newValue) =>
            {
                adopted.Put(newId, newKey, newValue);
                visit(newId, newKey, newValue);
            });
        };
    }
}
