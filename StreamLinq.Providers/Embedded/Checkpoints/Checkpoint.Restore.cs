// How a checkpoint gives its state back: base first, then the deltas since, each operator in the way that its table asks for.
namespace StreamLinq.Embedded;

/// <summary>How the entries of an operator come back at a start.</summary>
internal enum RestoreKind
{
    /// <summary>Each entry once, as it is.</summary>
    Once,

    /// <summary>What the base has, then what was changed since, in order: a later one replaces the earlier.</summary>
    InOrder,

    /// <summary>Only what was changed since the base; the rest stays there until it is asked for.</summary>
    Changes,
}

internal sealed partial class Checkpoint
{
    /// <summary>How many entries an operator's table has as of the last committed epoch; null if it is not known.</summary>
    internal long? RowsOf(int operatorId) =>
        Epochs.Commits.Count > 0 && Epochs.Commits[LastCommitted!.Epoch].Rows is { } rows && rows.TryGetValue(operatorId, out var count) ? count : null;

    /// <summary>Opens the base; before it is restored from or read.</summary>
    internal async ValueTask<ColdStore> OpenBaseAsync(CancellationToken cancellationToken)
    {
        await GuardAsync(() => new ValueTask(_fold)).ConfigureAwait(false);
        _base ??= await BaseStore.OpenAsync(_storage, _manifest.Layout, _options, Seed, _manifest.Base, cancellationToken).ConfigureAwait(false);
        return _cold ??= ColdStore.Over(_base);
    }

    /// <summary>
    /// Visits the live entries as of the last committed epoch. Throws SLQ2042 if something is missing or damaged.
    /// </summary>
    /// <param name="restore">How each operator is restored.</param>
    /// <param name="visit">Gets the entries.</param>
    /// <param name="removed">Gets keys that were removed since the base, of operators that are restored in order.</param>
    /// <param name="cancellationToken">Cancels.</param>
    internal async ValueTask RestoreAsync(Func<int, RestoreKind> restore, StateVisitor visit, Action<int, ReadOnlySpan<byte>> removed, CancellationToken cancellationToken)
    {
        if (_log is null)
            throw new InvalidOperationException("The query's state is adopted before it is restored.");
        if (AdoptedIn is not null)
            (restore, visit) = (static _ => RestoreKind.Once, Adopting(visit));
        // Deltas may still have entries of tables that are gone, and what took them out.
        var (asked, known) = (restore, _registered.Select(o => o.Id).ToHashSet());
        restore = id => known.Contains(id) ? asked(id) : RestoreKind.Once;
        var (lastId, lastKind) = (-1, RestoreKind.Once);
        _ = await OpenBaseAsync(cancellationToken).ConfigureAwait(false);
        await _storage.RunAsync(Restore, cancellationToken).ConfigureAwait(false);

        void Restore()
        {
            // Where no operator is restored once, the deltas are read once: those of a large table are most of a start.
            var changes = new ChangedEntries();
            var once = _registered.Any(o => restore(o.Id) == RestoreKind.Once);
            if (once)
            {
                ReadUnfolded((id, key, isRemoved, value) =>
                {
                    if (KindOf(id) == RestoreKind.Once)
                        changes.Add(id, key, isRemoved, value);
                });
            }

            if (_registered.Any(o => restore(o.Id) != RestoreKind.Changes))
                _base!.Scan(id => KindOf(id) is var kind && (kind == RestoreKind.InOrder || (once && kind == RestoreKind.Once)), key => !changes.Contains(key), visit);
            changes.VisitPuts(visit);
            if (_registered.All(o => restore(o.Id) == RestoreKind.Once))
                return;
            ReadUnfolded((id, key, isRemoved, value) =>
            {
                if (KindOf(id) == RestoreKind.Once)
                    return;
                if (isRemoved)
                    removed(id, key);
                else
                    visit(id, key, value);
            });
        }

        // Entries of an operator mostly stand together.
        RestoreKind KindOf(int id)
        {
            if (id != lastId)
                (lastId, lastKind) = (id, restore(id));
            return lastKind;
        }

        void ReadUnfolded(ChangeVisitor change)
        {
            var unfolded = Unfolded().ToList();
            if (unfolded.Count == 0)
                return;
            using var deltas = _log.Read(unfolded);
            foreach (var (epoch, delta) in unfolded)
            {
                foreach (var _ in deltas.Read(epoch, delta, change))
                    cancellationToken.ThrowIfCancellationRequested();
            }
        }
    }

    /// <summary>Visits every live entry as of the last committed epoch, each key once. Throws SLQ2042 if something is missing or damaged.</summary>
    internal ValueTask RestoreAsync(StateVisitor visit, CancellationToken cancellationToken) => RestoreAsync(static _ => RestoreKind.Once, visit, static (_, _) => { }, cancellationToken);
}
