// Times as the loop sees them: ticks of UTC. An offset is only made where somebody reads it, and the usual ways of making a time from a number are undone.
using System.Linq.Expressions;

namespace StreamLinq.Embedded;

internal static class EventTicks
{
    private static readonly Expression Zero = Expression.Default(typeof(TimeSpan));

    /// <summary>A <see cref="DateTimeOffset"/> of ticks.</summary>
    internal static Expression ToTime(Expression ticks) => Expression.New(typeof(DateTimeOffset).GetConstructor([typeof(long), typeof(TimeSpan)])!, ticks, Zero);

    /// <summary>Whether the ticks are had without a call, but for times that do not exist.</summary>
    internal static bool AreAtHand(Expression time) => Of(time) is not MemberExpression;

    /// <summary>The ticks of a <see cref="DateTimeOffset"/>. What would throw still does.</summary>
    /// <param name="time">The time.</param>
    /// <param name="beforeThrow">What is done before that, where it is known.</param>
    internal static Expression Of(Expression time, Expression? beforeThrow = null) => time switch
    {
        NewExpression { Arguments: [{ Type: var first } ticks, var offset] } when first == typeof(long) && offset == Zero => ticks,
        NewExpression { Arguments: [{ Type: var first } ticks, var offset] } when first == typeof(long) && IsZero(offset) =>
            Expression.Condition(Expression.LessThanOrEqual(Expression.Convert(ticks, typeof(ulong)), Expression.Constant((ulong)DateTimeOffset.MaxValue.Ticks)), ticks, Thrown(time, beforeThrow)),
        MethodCallExpression { Method: { Name: nameof(DateTimeOffset.FromUnixTimeMilliseconds), DeclaringType: var type } } call when type == typeof(DateTimeOffset) =>
            FromUnix(call, TimeSpan.TicksPerMillisecond, DateTimeOffset.MinValue.ToUnixTimeMilliseconds(), DateTimeOffset.MaxValue.ToUnixTimeMilliseconds(), beforeThrow),
        MethodCallExpression { Method: { Name: nameof(DateTimeOffset.FromUnixTimeSeconds), DeclaringType: var type } } call when type == typeof(DateTimeOffset) =>
            FromUnix(call, TimeSpan.TicksPerSecond, DateTimeOffset.MinValue.ToUnixTimeSeconds(), DateTimeOffset.MaxValue.ToUnixTimeSeconds(), beforeThrow),
        _ => Expression.Property(time, nameof(DateTimeOffset.UtcTicks)),
    };

    /// <summary>The same expression, ticks read where they are at hand instead of from a time that is made of them.</summary>
    internal static Expression Read(Expression expression) => new TicksReader().Visit(expression);

    private sealed class TicksReader : ExpressionVisitor
    {
        protected override Expression VisitMember(MemberExpression node) =>
            node is { Member.Name: nameof(DateTimeOffset.UtcTicks), Expression: NewExpression { Type: var type } time } && type == typeof(DateTimeOffset) && AreAtHand(time) ? Of(time) : base.VisitMember(node);
    }

    private static BlockExpression FromUnix(MethodCallExpression call, long unit, long least, long most, Expression? beforeThrow)
    {
        var value = Expression.Variable(typeof(long), "unix");
        var ticks = Expression.Add(Expression.Multiply(value, Expression.Constant(unit)), Expression.Constant(DateTimeOffset.UnixEpoch.Ticks));
        return Expression.Block([value], Expression.Assign(value, call.Arguments[0]), Within(value, ticks, least, most, Thrown(call.Update(null, [value]), beforeThrow)));
    }

    private static ConditionalExpression Within(Expression value, Expression ticks, long least, long most, Expression otherwise) => Expression.Condition(
        Expression.AndAlso(Expression.GreaterThanOrEqual(value, Expression.Constant(least)), Expression.LessThanOrEqual(value, Expression.Constant(most))),
        ticks, otherwise);

    private static Expression Thrown(Expression time, Expression? before)
    {
        var ticks = Expression.Property(time, nameof(DateTimeOffset.UtcTicks));
        return before is null ? ticks : Expression.Block(before, ticks);
    }

    private static bool IsZero(Expression offset) => offset switch
    {
        ConstantExpression { Value: TimeSpan value } => value == TimeSpan.Zero,
        MemberExpression { Member: { Name: nameof(TimeSpan.Zero), DeclaringType: var type } } => type == typeof(TimeSpan),
        DefaultExpression => true,
        _ => false,
    };
}
