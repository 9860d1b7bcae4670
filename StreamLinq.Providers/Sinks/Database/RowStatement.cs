// A statement for many rows at a time: its text grows with the rows, up to what every common database takes, and the largest one is made once and used again.
using System.Data.Common;

namespace StreamLinq.Sinks;

/// <param name="session">The connection.</param>
/// <param name="table">The columns of the row.</param>
/// <param name="used">The columns that the statement has parameters for, in order.</param>
/// <param name="text">The text for a number of rows.</param>
internal sealed class RowStatement<T>(DatabaseSession session, DatabaseColumn[] table, int[] used, Func<int, string> text) : IDisposable
{
    // SQL Server takes 2100 parameters, and conditions joined by OR must not be nested too deep for SQLite.
    private const int MostParameters = 2000, MostRows = 500;

    private readonly int _most = Math.Clamp(MostParameters / Math.Max(1, used.Length), 1, MostRows);
    private DbCommand? _full;

    internal async ValueTask ExecuteAsync(IReadOnlyList<T> rows, CancellationToken cancellationToken)
    {
        for (var from = 0; from < rows.Count; from += _most)
        {
            var count = Math.Min(_most, rows.Count - from);
            var command = count == _most ? _full ??= Make(count) : Make(count);
            try
            {
                Fill(command, rows, from, count);
                await session.ExecuteAsync(DatabaseStep.WriteRows, command, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                if (command != _full) await command.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    public void Dispose() => _full?.Dispose();

    private DbCommand Make(int rows)
    {
        var command = session.Command(text(rows));
        for (var row = 0; row < rows; row++)
            foreach (var column in used) command.Parameters.Add(table[column].Parameter(command, command.Parameters.Count));
        return command;
    }

    private void Fill(DbCommand command, IReadOnlyList<T> rows, int from, int count)
    {
        var parameter = 0;
        for (var row = from; row < from + count; row++)
            foreach (var column in used) command.Parameters[parameter++].Value = table[column].Value(RowColumns<T>.Instance.Value(rows[row], column));
    }
}
