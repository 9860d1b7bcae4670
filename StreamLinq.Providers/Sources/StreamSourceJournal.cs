// Journaled: makes an input replayable by writing its rows to disk before the query sees them.
using StreamLinq.Sources;

namespace StreamLinq;

/// <summary>Makes inputs replayable.</summary>
public static class StreamSourceJournal
{
    /// <summary>
    /// Writes the rows of a source to files in a folder, durable before the query sees them, and reads them from there: any range can be read again after a crash until its epoch is committed.
    /// It is only as good as the rows received: what the source had not handed over when the process died is lost if the source cannot give it again.
    /// Rows pass through System.Text.Json, so the query sees what JSON keeps of them.
    /// </summary>
    /// <param name="source">The source. Its partitions become one, in ordinal order per read.</param>
    /// <param name="path">A folder for this source of this query alone (SLQ2021); made if it is not there.</param>
    public static IStreamSource<T> Journaled<T>(this IStreamSource<T> source, string path)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentException.ThrowIfNullOrEmpty(path);
        return new JournaledSource<T>(source, path);
    }

    /// <summary>The same, on a query that is a source and nothing more.</summary>
    /// <param name="query">What a method of <see cref="StreamSource"/> gave.</param>
    /// <param name="path">A folder for this source of this query alone (SLQ2021); made if it is not there.</param>
    /// <exception cref="StreamLinqException">SLQ2023: the query does more than read a source.</exception>
    public static IStreamQueryable<T, AppendOnly> Journaled<T>(this IStreamQueryable<T, AppendOnly> query, string path)
    {
        ArgumentNullException.ThrowIfNull(query);
        return query.Expression is StreamRootExpression { Source: IStreamSource<T> source } root ? source.Journaled(path).AsStreamQueryable(root.Name) : throw SourceErrors.NotASource(query.Expression.ToString());
    }
}
