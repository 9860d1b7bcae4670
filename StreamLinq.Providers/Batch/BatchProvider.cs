// Where a query meets finite rows: query.Over(rows).ToList(). It reads the query's expression tree itself, and nothing of the
// incremental engine, so that the one can be held against the other, and so that a query can be unit-tested without an engine.
using StreamLinq.Batch;

namespace StreamLinq;

/// <summary>Runs a query over a finite sequence, with the meaning the same query has in LINQ to Objects.</summary>
public static class BatchProvider
{
    /// <summary>The query over these rows, for a query that has one source of <typeparamref name="S"/>. Further sources are given with <see cref="BatchQuery{T}.Over{S}"/>.</summary>
    /// <param name="query">The query; a description, which is not changed.</param>
    /// <param name="rows">The rows of the source, in the order of their arrival. Read anew, and to the end, by each <see cref="BatchQuery{T}.ToList"/>.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="StreamLinqException">SLQ1015: the query has no source of <typeparamref name="S"/>, or several.</exception>
    public static BatchQuery<T> Over<T, S>(this IStreamQueryable<T> query, IEnumerable<S> rows)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentNullException.ThrowIfNull(rows);
        var inputs = BatchInputs.Of(query.Expression);
        return new BatchQuery<T>(query.Expression, inputs.With(inputs.Only(typeof(S)), rows));
    }

    /// <summary>The query over these rows of one of its sources. Further sources are given with <see cref="BatchQuery{T}.Over{S}"/>.</summary>
    /// <param name="query">The query; a description, which is not changed.</param>
    /// <param name="source">The source, as <c>AsStreamQueryable</c> gave it; two calls on one source object are one source.</param>
    /// <param name="rows">The rows of the source, in the order of their arrival. Read anew, and to the end, by each <see cref="BatchQuery{T}.ToList"/>.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="StreamLinqException">SLQ1015: the query does not read this source.</exception>
    public static BatchQuery<T> Over<T, S>(this IStreamQueryable<T> query, IStreamQueryable<S> source, IEnumerable<S> rows)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(rows);
        var inputs = BatchInputs.Of(query.Expression);
        return new BatchQuery<T>(query.Expression, inputs.With(inputs.Named(source.Expression), rows));
    }
}
