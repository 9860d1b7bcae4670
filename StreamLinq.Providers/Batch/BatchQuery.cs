// A query with the rows of its sources. It is a value: Over gives another one, and ToList may be called as often as one likes.
using System.Linq.Expressions;
using StreamLinq.Batch;

namespace StreamLinq;

/// <summary>A query together with finite rows for its sources. Nothing runs before <see cref="ToList"/>. Safe for use by several threads if the rows given are.</summary>
/// <typeparam name="T">The rows of the result.</typeparam>
public sealed class BatchQuery<T>
{
    private readonly Expression _query;
    private readonly BatchInputs _inputs;
    private readonly Lazy<Func<object[], IEnumerable<T>>> _compiled;

    internal BatchQuery(Expression query, BatchInputs inputs)
    {
        _query = query;
        _inputs = inputs;
        _compiled = new(() => BatchTranslation.Compile<T>(query, inputs));
    }

    /// <summary>The same query with the rows of one more of its sources.</summary>
    /// <param name="source">The source, as <c>AsStreamQueryable</c> gave it; two calls on one source object are one source.</param>
    /// <param name="rows">The rows of the source, in the order of their arrival. Read anew, and to the end, by each <see cref="ToList"/>.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="StreamLinqException">SLQ1015: the query does not read this source, or its rows were given already.</exception>
    public BatchQuery<T> Over<S>(IStreamQueryable<S> source, IEnumerable<S> rows)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(rows);
        return new BatchQuery<T>(_query, _inputs.With(_inputs.Named(source.Expression), rows));
    }

    /// <summary>
    /// Runs the query over all rows. Of a stream: every row it emits, in order. Of a table: its rows at the end, in the stated order, else in the order in which their keys
    /// first appeared; groups of windows come by the end of the window, then by its start. Each call runs the query anew. No row is late, because all rows are there before a window closes;
    /// a row whose windows would not lie within the years 1 to 9999 is in none.
    /// </summary>
    /// <exception cref="StreamLinqException">SLQ1015: a source has no rows given.</exception>
    /// <exception cref="QueryTranslationException">SLQ1100: the query uses an operator this version does not run, or needs times of rows after WithProcessingTime.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A group's rows are cut to fewer than one.</exception>
    /// <exception cref="OverflowException">A sum does not fit its type.</exception>
    /// <exception cref="InvalidOperationException">An aggregate that has no value over no rows was asked of filtered rows, and its type has no null.</exception>
    public IReadOnlyList<T> ToList()
    {
        var run = _compiled.Value;
        return run(_inputs.Read()).ToList();
    }
}
