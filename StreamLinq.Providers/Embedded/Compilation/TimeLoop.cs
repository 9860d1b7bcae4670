// The part of a loop that gives rows their time: read once, in ticks, and shown to the watermark.
using System.Linq.Expressions;

namespace StreamLinq.Embedded;

internal sealed class TimeLoop(object tracker, LogicalEventTime node, LoopValues values, Expression context)
{
    /// <summary>The local with the row's time.</summary>
    internal ParameterExpression Ticks { get; } = Expression.Variable(typeof(long), "ticks");

    /// <summary>The time as later steps read it.</summary>
    internal Expression Value => EventTicks.ToTime(Ticks);

    internal Expression Read()
    {
        if (node.Time is null) return Expression.Assign(Ticks, Expression.Field(context, nameof(StageContext.Clock)));
        var seen = values.Inline(Expression.Constant(tracker, tracker.GetType()));
        var read = Expression.Assign(Ticks, EventTicks.Of(values.Inline(node.Time)));
        if (node.Observed is { } row) return Expression.Block(typeof(void), read, Expression.Call(seen, "Observe", null, values.Inline(row), Ticks));
        var greatest = Expression.Field(seen, nameof(WatermarkTracker.Greatest));
        return Expression.Block(typeof(void), read,
            Expression.IfThenElse(Expression.LessThan(Ticks, greatest),
                Expression.Call(seen, nameof(WatermarkTracker.Behind), null, Ticks),
                Expression.IfThenElse(Expression.LessThanOrEqual(Ticks, Expression.Field(seen, nameof(WatermarkTracker.Limit))),
                    Expression.Assign(greatest, Ticks),
                    Expression.Call(seen, nameof(WatermarkTracker.TooFarAhead), null))));
    }
}
