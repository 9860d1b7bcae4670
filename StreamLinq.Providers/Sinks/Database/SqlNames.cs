// Names in SQL, quoted as the database wants them, so that a name is never read as anything else. The provider is asked for its quotes; without an answer they are those of the standard.
using System.Data.Common;

namespace StreamLinq.Sinks;

internal sealed class SqlNames(string open, string close)
{
    internal static SqlNames Of(DbConnection connection)
    {
        using var builder = DbProviderFactories.GetFactory(connection)?.CreateCommandBuilder();
        try
        {
            if (builder?.QuoteIdentifier("x") is [var open, 'x', var close]) return new(open.ToString(), close.ToString());
        }
        catch (Exception error) when (error is NotSupportedException or InvalidOperationException)
        {
            // The provider's builder does not quote, or not without a connection.
            return new("\"", "\"");
        }
        return new("\"", "\"");
    }

    internal string Quoted(string name) => $"{open}{name.Replace(close, close + close, StringComparison.Ordinal)}{close}";

    /// <summary>The name of a table, whose parts (schema, table) are separated by dots.</summary>
    internal string Table(string name) => string.Join('.', name.Split('.').Select(Quoted));
}
