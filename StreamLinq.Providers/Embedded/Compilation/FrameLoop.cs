// The aggregates of Over, as a loop in the loop: for each element of an array, over it and those before it. Their accumulators are locals.
using System.Linq.Expressions;

namespace StreamLinq.Embedded;

/// <param name="frame">What is computed.</param>
/// <param name="array">The elements.</param>
/// <param name="at">The place of the element at hand.</param>
/// <param name="element">Holds each element of the frame in turn; set to the one at hand by who goes on.</param>
/// <param name="values">The columns in terms of the loop; gets those of the aggregates.</param>
/// <param name="local">Declares a local.</param>
internal sealed class FrameLoop(RowFrame frame, Expression array, Expression at, ParameterExpression element, LoopValues values, Func<Type, string, ParameterExpression> local)
{
    /// <summary>The loop.</summary>
    /// <param name="trace">Says that these values are computed now.</param>
    internal Expression Body(Func<IReadOnlyList<Expression>, Expression> trace)
    {
        var place = local(typeof(int), "place");
        var done = Expression.Label("framed");
        var (begin, each, end) = (new List<Expression>(), new List<Expression>(), new List<Expression>());
        foreach (var call in frame.Aggregates)
        {
            var accumulator = Accumulator.For(call, changing: false, windowed: true, side: -1);
            var fields = accumulator.Fields.Select((f, i) => local(f, $"frame{i}")).ToArray();
            begin.AddRange(fields.Select(f => Expression.Assign(f, Expression.Default(f.Type))));
            var scope = new AccumulatorScope(f => fields[f], Expression.Empty(), (_, _) => throw new InvalidOperationException("A frame has no table beside it."));
            var input = Accumulator.Input(call);
            var argument = input is null ? null : local(input.Type, "argument");
            var update = argument is null
                ? accumulator.Update(scope, null, null)
                : Expression.Block(typeof(void), Expression.Assign(argument, values.Inline(input!)), accumulator.Update(scope, argument, null));
            each.Add(call.Filter is null ? update : Expression.IfThen(values.Inline(call.Filter), update));
            var result = local(call.Column.Type, call.Column.Name);
            end.Add(Expression.Assign(result, accumulator.Result(f => fields[f])));
            values[call.Column] = result;
        }

        return Expression.Block(typeof(void),
            [trace([.. frame.Aggregates.SelectMany(a => new[] { a.Argument, a.Filter }).OfType<Expression>()]),
            .. begin,
            First(place),
            Expression.Loop(Expression.Block(typeof(void),
                [Expression.IfThen(Expression.GreaterThan(place, at), Expression.Break(done)),
                Expression.Assign(element, Expression.ArrayIndex(array, place)),
                .. each,
                Expression.PreIncrementAssign(place)]), done),
            .. end]);
    }

    // The place of the first element of the frame.
    private Expression First(ParameterExpression place)
    {
        if (frame.Within is not { } within) return Expression.Assign(place, Expression.Call(typeof(Math), nameof(Math.Max), null, Expression.Constant(0), Expression.Subtract(at, Expression.Constant(frame.Preceding))));
        var least = local(typeof(long), "least");
        var found = Expression.Label("first");
        var ticks = Expression.Property(values.Inline(frame.Time!), nameof(DateTimeOffset.UtcTicks));
        return Expression.Block(typeof(void),
            Expression.Assign(place, at),
            Expression.Assign(element, Expression.ArrayIndex(array, at)),
            Expression.Assign(least, Expression.Subtract(ticks, Expression.Constant(within.Ticks))),
            Expression.Loop(Expression.Block(typeof(void),
                Expression.IfThen(Expression.Equal(place, Expression.Constant(0)), Expression.Break(found)),
                Expression.Assign(element, Expression.ArrayIndex(array, Expression.Subtract(place, Expression.Constant(1)))),
                Expression.IfThen(Expression.LessThan(ticks, least), Expression.Break(found)),
                Expression.PreDecrementAssign(place)), found));
    }
}
