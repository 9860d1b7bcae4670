// The statements a table is changed with. Names are quoted and values are parameters, always. Only what all databases know is needed: INSERT of several rows, DELETE with a condition;
// an upsert is a DELETE and an INSERT in one transaction, unless the database has ON CONFLICT (PostgreSQL, SQLite) and the key is unique in the table.
namespace StreamLinq.Sinks;

internal sealed class DatabaseStatements<T> : IDisposable
{
    private readonly DatabaseSession _session;
    private readonly string _table;
    private readonly DatabaseColumn[] _columns;
    private readonly int[] _all;
    private readonly int[] _key;
    private readonly RowStatement<T> _insert, _upsert, _delete;

    /// <param name="session">The connection.</param>
    /// <param name="table">The table's name, quoted.</param>
    /// <param name="columns">The columns that the members of the row are written to.</param>
    /// <param name="key">Which of them are the key; null where rows are found by all their columns.</param>
    internal DatabaseStatements(DatabaseSession session, string table, DatabaseColumn[] columns, int[]? key)
    {
        (_session, _table, _columns) = (session, table, columns);
        _all = [.. Enumerable.Range(0, columns.Length)];
        _key = key ?? _all;
        _insert = new(session, columns, _all, InsertText);
        _upsert = new(session, columns, _all, rows => InsertText(rows) + OnConflict);
        _delete = new(session, columns, _key, rows => $"DELETE FROM {_table} WHERE {Condition(rows)}");
    }

    /// <summary>Whether the database can upsert rows whose key has no null.</summary>
    internal bool CanUpsert { get; private set; }

    private string OnConflict => $" ON CONFLICT ({List(_key)}) DO "
        + (_key.Length == _all.Length ? "NOTHING" : $"UPDATE SET {string.Join(", ", _all.Except(_key).Select(c => $"{_columns[c].Name} = excluded.{_columns[c].Name}"))}");

    /// <summary>Inserts no rows, in the way in which rows will be inserted: the database says now if columns and types do not fit, and whether it can upsert.</summary>
    internal async ValueTask TryOutAsync(bool upserts, CancellationToken cancellationToken)
    {
        await TryAsync("").ConfigureAwait(false);
        if (!upserts || _key.Length == 0) return;
        try
        {
            await TryAsync(OnConflict).ConfigureAwait(false);
            CanUpsert = true;
        }
        catch (StreamLinqException error) when (error.Code == DatabaseStep.TryOut.Code)
        {
            // No ON CONFLICT in this database, or no unique index on the key.
            CanUpsert = false;
        }

        async ValueTask TryAsync(string end)
        {
            var command = _session.Command($"INSERT INTO {_table} ({List(_all)}) SELECT {Parameters(0, _all.Length)} WHERE 1 = 0{end}");
            await using (command.ConfigureAwait(false))
            {
                foreach (var column in _columns)
                {
                    var parameter = column.Parameter(command, command.Parameters.Count);
                    parameter.Value = DBNull.Value;
                    command.Parameters.Add(parameter);
                }
                await _session.ExecuteAsync(DatabaseStep.TryOut, command, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    internal async ValueTask ClearAsync(CancellationToken cancellationToken) => await _session.ExecuteAsync(DatabaseStep.WriteRows, $"DELETE FROM {_table}", [], cancellationToken).ConfigureAwait(false);

    internal ValueTask InsertAsync(IReadOnlyList<T> rows, CancellationToken cancellationToken) => _insert.ExecuteAsync(rows, cancellationToken);

    /// <summary>Inserts rows or changes those of their keys, which are none of them null and none there twice.</summary>
    internal ValueTask UpsertAsync(IReadOnlyList<T> rows, CancellationToken cancellationToken) => _upsert.ExecuteAsync(rows, cancellationToken);

    /// <summary>Deletes the rows with the keys of these, if they are there.</summary>
    internal async ValueTask DeleteAsync(IReadOnlyList<T> rows, CancellationToken cancellationToken)
    {
        if (_key.Length == 0)
        {
            // A table without key columns has one row.
            if (rows.Count > 0) await ClearAsync(cancellationToken).ConfigureAwait(false);
            return;
        }
        if (!rows.Any(HasNull))
        {
            await _delete.ExecuteAsync(rows, cancellationToken).ConfigureAwait(false);
            return;
        }
        await _delete.ExecuteAsync([.. rows.Where(r => !HasNull(r))], cancellationToken).ConfigureAwait(false);
        foreach (var row in rows.Where(HasNull)) await DeleteOneAsync(row, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Deletes one of the rows that are equal to this one in all columns. No statement that all databases know deletes one of several, so the others are put back.</summary>
    internal async ValueTask DeleteExactlyAsync(T row, CancellationToken cancellationToken)
    {
        var deleted = await DeleteOneAsync(row, cancellationToken).ConfigureAwait(false);
        if (deleted == 0)
        {
            throw new StreamLinqException("SLQ2077",
                $"{_session.Sink}: a row that is to be deleted is not in the table. Either somebody has changed the table, or a column does not keep a value exactly as it is given (a double in a real, a text that is cut). "
                + "Let the columns have the types of the members, or select the table's key, so that rows are found by it.");
        }
        if (deleted > 1) await InsertAsync([.. Enumerable.Repeat(row, deleted - 1)], cancellationToken).ConfigureAwait(false);
    }

    internal bool HasNull(T row)
    {
        foreach (var column in _key)
            if (RowColumns<T>.Instance.Value(row, column) is null) return true;
        return false;
    }

    internal object?[] KeyOf(T row)
    {
        var values = new object?[_key.Length];
        for (var i = 0; i < values.Length; i++) values[i] = RowColumns<T>.Instance.Value(row, _key[i]);
        return values;
    }

    public void Dispose()
    {
        _insert.Dispose();
        _upsert.Dispose();
        _delete.Dispose();
    }

    // NULL is not equal to NULL in SQL, so the text depends on which columns have one.
    private async ValueTask<int> DeleteOneAsync(T row, CancellationToken cancellationToken)
    {
        var values = KeyOf(row);
        int[] given = [.. Enumerable.Range(0, values.Length).Where(i => values[i] is not null)];
        var conditions = Enumerable.Range(0, values.Length).Select(i => $"{_columns[_key[i]].Name} {(values[i] is null ? "IS NULL" : $"= {DatabaseSession.SqlParameter(Array.IndexOf(given, i))}")}");
        var command = _session.Command($"DELETE FROM {_table} WHERE {string.Join(" AND ", conditions)}");
        await using (command.ConfigureAwait(false))
        {
            foreach (var i in given)
            {
                var parameter = _columns[_key[i]].Parameter(command, command.Parameters.Count);
                parameter.Value = _columns[_key[i]].Value(values[i]);
                command.Parameters.Add(parameter);
            }
            return await _session.ExecuteAsync(DatabaseStep.WriteRows, command, cancellationToken).ConfigureAwait(false);
        }
    }

    private string InsertText(int rows) =>
        $"INSERT INTO {_table} ({List(_all)}) VALUES {string.Join(", ", Enumerable.Range(0, rows).Select(r => $"({Parameters(r * _all.Length, _all.Length)})"))}";

    private string Condition(int rows) => _key is [var one]
        ? $"{_columns[one].Name} IN ({Parameters(0, rows)})"
        : string.Join(" OR ", Enumerable.Range(0, rows).Select(r => $"({string.Join(" AND ", _key.Select((c, i) => $"{_columns[c].Name} = {DatabaseSession.SqlParameter(r * _key.Length + i)}"))})"));

    private string List(int[] columns) => string.Join(", ", columns.Select(c => _columns[c].Name));

    private static string Parameters(int from, int count) => string.Join(", ", Enumerable.Range(from, count).Select(DatabaseSession.SqlParameter));
}
