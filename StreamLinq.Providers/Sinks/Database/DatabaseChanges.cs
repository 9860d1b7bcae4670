// The changes that wait to be written together. Deletes go first, so that many rows go in one statement although the rows of a changing table come as delete, insert, delete, insert;
// what would then come in the wrong order for a key writes out first what waits.
namespace StreamLinq.Sinks;

/// <param name="statements">How the table is changed.</param>
/// <param name="mode">How the query's table is written; null for a stream.</param>
/// <param name="hasKey">Whether rows are found by a key, or else by all their columns.</param>
internal sealed class DatabaseChanges<T>(DatabaseStatements<T> statements, OutputMode? mode, bool hasKey)
{
    private const int Most = 2000;

    private readonly List<T> _deletes = [], _inserts = [], _upserts = [];
    private readonly HashSet<object?[]> _keys = new(new KeyComparer());

    // A stream and a whole table bring inserts only: nothing has to be found.
    private readonly bool _findsRows = mode == OutputMode.Update || mode == OutputMode.Changelog;

    internal async ValueTask AddAsync(Change<T> change, CancellationToken cancellationToken)
    {
        if (_deletes.Count >= Most || _inserts.Count + _upserts.Count >= Most) await WriteAsync(cancellationToken).ConfigureAwait(false);
        if (!_findsRows) _inserts.Add(change.Row);
        else if (hasKey) await AddByKeyAsync(change, cancellationToken).ConfigureAwait(false);
        else if (change.Kind != ChangeKind.Delete) _inserts.Add(change.Row);
        else
        {
            await WriteAsync(cancellationToken).ConfigureAwait(false);
            await statements.DeleteExactlyAsync(change.Row, cancellationToken).ConfigureAwait(false);
        }
    }

    internal async ValueTask WriteAsync(CancellationToken cancellationToken)
    {
        await statements.DeleteAsync(_deletes, cancellationToken).ConfigureAwait(false);
        await statements.InsertAsync(_inserts, cancellationToken).ConfigureAwait(false);
        await statements.UpsertAsync(_upserts, cancellationToken).ConfigureAwait(false);
        _deletes.Clear();
        _inserts.Clear();
        _upserts.Clear();
        _keys.Clear();
    }

    private async ValueTask AddByKeyAsync(Change<T> change, CancellationToken cancellationToken)
    {
        var key = statements.KeyOf(change.Row);
        if (_keys.Contains(key)) await WriteAsync(cancellationToken).ConfigureAwait(false);
        if (change.Kind == ChangeKind.Delete)
        {
            _deletes.Add(change.Row);
            return;
        }

        _keys.Add(key);
        if (change.Kind == ChangeKind.Insert)
        {
            _inserts.Add(change.Row);
        }
        else if (statements.CanUpsert && !statements.HasNull(change.Row))
        {
            _upserts.Add(change.Row);
        }
        else
        {
            _deletes.Add(change.Row);
            _inserts.Add(change.Row);
        }
    }

    private sealed class KeyComparer : IEqualityComparer<object?[]>
    {
        public bool Equals(object?[]? x, object?[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(object?[] values)
        {
            var hash = default(HashCode);
            foreach (var value in values) hash.Add(value);
            return hash.ToHashCode();
        }
    }
}
