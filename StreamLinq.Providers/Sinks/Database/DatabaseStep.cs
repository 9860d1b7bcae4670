// What a sink was doing in a database when something went wrong, and what is told then: the database is away, it took too long, or it refused.
using System.Data.Common;

namespace StreamLinq.Sinks;

/// <param name="Doing">In words that follow the name of the sink.</param>
/// <param name="Code">The code if the database is there and refuses.</param>
/// <param name="Advice">What to do if it refuses.</param>
internal sealed record DatabaseStep(string Doing, string Code, string Advice)
{
    internal static DatabaseStep Connect { get; } = new("connecting", "SLQ2070", "See that the server is up and that the connection string is right, and start the query again.");

    internal static DatabaseStep ReadTable { get; } = new("reading the columns of the table", "SLQ2072", "Make the table before the query starts, and give the query's user the right to read and write it. Names are written as the database has them, a schema before a dot.");

    internal static DatabaseStep TryOut { get; } = new("trying out an INSERT without rows", "SLQ2073", "Give the columns of the table types that take the row's members, or convert the members in the query's last Select; and see that the query's user may write the table.");

    internal static DatabaseStep KeepEpochs { get; } = new("keeping the epoch in the table of epochs", "SLQ2072", "The query's user must be able to read and write the table of epochs, and to make it if it is not there.");

    internal static DatabaseStep WriteRows { get; } = new("writing rows", "SLQ2074", "Nothing of the epoch is in the table. Mend the table or the query (a NULL, a value too long, a key that is there twice), and start the query again: the same rows come again.");

    internal static DatabaseStep Commit { get; } = new("committing the epoch", "SLQ2074", "Nothing of the epoch is in the table. Mend what the database names, and start the query again: the same rows come again.");

    /// <summary>The exception to throw instead of one of the provider.</summary>
    internal StreamLinqException Failed(Exception error, string sink, TimeSpan timeout, bool connected)
    {
        if (IsTimeout(error)) return TimedOut(sink, timeout, error);
        var message = error.Message.Split('\n')[0].TrimEnd('\r', ' ', '.');
        return IsAway(error, connected)
            ? new("SLQ2070", $"{sink}: {Doing} failed: {message}. See that the database is up, and start the query again: the epoch is there as a whole or not at all, and what is not there comes again.", error)
            : new(Code, $"{sink}: {Doing} failed: {message}. {Advice}", error);
    }

    internal StreamLinqException TimedOut(string sink, TimeSpan timeout, Exception error) =>
        new("SLQ2071", $"{sink}: {Doing} took longer than {timeout.TotalSeconds:0.###} s. Look for a lock or a server that hangs, or give DatabaseSinkOptions.CommandTimeout more, and start the query again: the epoch is there as a whole or not at all, and what is not there comes again.", error);

    private static bool IsTimeout(Exception error)
    {
        for (var e = error; e is not null; e = e.InnerException)
            if (e is TimeoutException) return true;
        return false;
    }

    // What is not told by the database itself is a lost connection, unless the provider could not write a value. Classes 08, 40, 53, 57 of SQL states: connection, rollback (deadlock), resources, operator.
    private static bool IsAway(Exception error, bool connected) => error switch
    {
        _ when !connected => true,
        DbException { IsTransient: true } => true,
        DbException { SqlState: ['0', '8', ..] or ['4', '0', ..] or ['5', '3', ..] or ['5', '7', ..] } => true,
        DbException or InvalidCastException or ArgumentException or OverflowException or FormatException or NotSupportedException => false,
        _ => true,
    };
}
