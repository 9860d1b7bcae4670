// The part of a loop that gives rows their time: read once, in ticks, and shown to the watermark.
// Rows beyond the delay are all counted by how late they are; of the others one in some, because most streams are a little out of order and counting would cost more than grouping.
using System.Linq.Expressions;

namespace StreamLinq.Embedded;

internal sealed class TimeLoop(object tracker, LogicalEventTime node, bool isObserved, LoopValues values, Expression context, Expression index)
{
    /// <summary>The local with the row's time.</summary>
    internal ParameterExpression Ticks { get; } = Expression.Variable(typeof(long), "ticks");

    /// <summary>The time as later steps read it.</summary>
    internal Expression Value => EventTicks.ToTime(Ticks);

    /// <param name="beforeThrow">What is done before a time that does not exist is made; null where the loop says where it stands anyway.</param>
    internal Expression Read(Expression? beforeThrow)
    {
        if (node.Time is null) return Expression.Assign(Ticks, Expression.Field(context, nameof(StageContext.Clock)));
        var seen = values.Inline(Expression.Constant(tracker, tracker.GetType()));
        var read = Expression.Assign(Ticks, values.Inline(EventTicks.Of(node.Time, beforeThrow)));
        if (!isObserved) return read;
        if (node.Observed is { } row) return Expression.Block(typeof(void), read, Expression.Call(seen, "Observe", null, values.Inline(row), Ticks));
        var greatest = Expression.Field(seen, nameof(WatermarkTracker.Greatest));
        // One comparison for most rows: not newer than the newest, and not further behind it than promised.
        var behind = Expression.Convert(Expression.Subtract(greatest, Ticks), typeof(ulong));
        var isUsual = Expression.LessThanOrEqual(behind, Expression.Convert(Expression.Field(seen, nameof(WatermarkTracker.Delay)), typeof(ulong)));
        var isSampled = Expression.Equal(Expression.And(index, Expression.Constant(WatermarkTracker.SampleEvery - 1)), Expression.Constant(0));
        var isNewest = Expression.AndAlso(Expression.GreaterThan(Ticks, greatest), Expression.LessThanOrEqual(Ticks, Expression.Field(seen, nameof(WatermarkTracker.Limit))));
        return Expression.Block(typeof(void), read,
            Expression.IfThenElse(isUsual,
                Expression.IfThen(isSampled, Expression.Call(seen, nameof(WatermarkTracker.Behind), null, Ticks)),
                Expression.IfThenElse(isNewest, Expression.Assign(greatest, Ticks), Expression.Call(seen, nameof(WatermarkTracker.Unusual), null, Ticks))));
    }
}
