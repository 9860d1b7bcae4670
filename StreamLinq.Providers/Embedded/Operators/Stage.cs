// Runs a compiled loop over batches and turns what a lambda throws into an error that names row and operator, or leaves the row out.
namespace StreamLinq.Embedded;

/// <summary>One stage of one worker.</summary>
internal sealed class Stage<TRow, TTarget> : IRowTarget<TRow> where TTarget : class
{
    private readonly StageKernel<TRow, TTarget> _kernel;
    private readonly TTarget _target;
    private readonly StageContext _context;
    private readonly IReadOnlyList<string> _origins;
    private readonly Action? _rollback;
    private readonly Action? _flush;

    /// <param name="kernel">The loop.</param>
    /// <param name="target">What it writes to.</param>
    /// <param name="context">Where it says where it stands.</param>
    /// <param name="origins">The operators by step.</param>
    /// <param name="rollback">Takes back what the failing row has written so far; null if a row writes at most once.</param>
    /// <param name="flush">Hands on what was written, after each batch.</param>
    public Stage(StageKernel<TRow, TTarget> kernel, TTarget target, StageContext context, IReadOnlyList<string> origins, Action? rollback, Action? flush)
    {
        _kernel = kernel;
        _target = target;
        _context = context;
        _origins = origins;
        _rollback = rollback;
        _flush = flush;
    }

    public void Push(TRow[] rows, int from, int to, sbyte[]? weights)
    {
        while (from < to)
        {
            try
            {
                _context.Step = StageContext.NoStep;
                _kernel(rows, from, to, weights, _target, _context);
                break;
            }
            catch (Exception error) when (_context.Step != StageContext.NoStep)
            {
                var failure = new RowFailureException(_origins[_context.Step], _context.Place, _context.RowBase + _context.Row, error);
                if (_context.OnRowError == RowErrorPolicy.Fail) throw failure;
                _rollback?.Invoke();
                _context.RowErrors++;
                _context.FirstRowError ??= failure;
                from = _context.Row + 1;
            }
            catch (Exception error)
            {
                throw new AggregateFailureException(_context.Place, error);
            }
        }

        _flush?.Invoke();
    }
}

/// <summary>A lambda of the query threw for a row. The runtime adds query and epoch.</summary>
internal sealed class RowFailureException(string origin, string place, long row, Exception inner)
    : Exception($"{origin} threw {inner.GetType().Name} ('{inner.Message}') for row {row + 1} of {place}", inner);

/// <summary>An aggregate threw while a group was being changed: a sum overflowed, or a custom aggregate failed. The state of the epoch is lost, so no policy can skip it.</summary>
internal sealed class AggregateFailureException(string place, Exception inner)
    : Exception($"an aggregate threw {inner.GetType().Name} ('{inner.Message}') on a row of {place}", inner);
