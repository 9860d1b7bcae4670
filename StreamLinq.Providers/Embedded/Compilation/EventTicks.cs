// Times as the loop sees them: ticks of UTC. An offset is only made where somebody reads it, and the usual ways of making a time from a number are undone.
using System.Linq.Expressions;

namespace StreamLinq.Embedded;

internal static class EventTicks
{
    private static readonly Expression Zero = Expression.Default(typeof(TimeSpan));

    /// <summary>A <see cref="DateTimeOffset"/> of ticks.</summary>
    internal static Expression ToTime(Expression ticks) => Expression.New(typeof(DateTimeOffset).GetConstructor([typeof(long), typeof(TimeSpan)])!, ticks, Zero);

    /// <summary>The ticks of a <see cref="DateTimeOffset"/>. What would throw still does.</summary>
    internal static Expression Of(Expression time) => time switch
    {
        NewExpression { Arguments: [{ Type: var first } ticks, var offset] } when first == typeof(long) && offset == Zero => ticks,
        NewExpression { Arguments: [{ Type: var first } ticks, var offset] } when first == typeof(long) && IsZero(offset) =>
            Within(ticks, ticks, 0, DateTimeOffset.MaxValue.Ticks, time),
        MethodCallExpression { Method: { Name: nameof(DateTimeOffset.FromUnixTimeMilliseconds), DeclaringType: var type } } call when type == typeof(DateTimeOffset) =>
            FromUnix(call, TimeSpan.TicksPerMillisecond, DateTimeOffset.MinValue.ToUnixTimeMilliseconds(), DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()),
        MethodCallExpression { Method: { Name: nameof(DateTimeOffset.FromUnixTimeSeconds), DeclaringType: var type } } call when type == typeof(DateTimeOffset) =>
            FromUnix(call, TimeSpan.TicksPerSecond, DateTimeOffset.MinValue.ToUnixTimeSeconds(), DateTimeOffset.MaxValue.ToUnixTimeSeconds()),
        _ => Expression.Property(time, nameof(DateTimeOffset.UtcTicks)),
    };

    private static BlockExpression FromUnix(MethodCallExpression call, long unit, long least, long most)
    {
        var value = Expression.Variable(typeof(long), "unix");
        var ticks = Expression.Add(Expression.Multiply(value, Expression.Constant(unit)), Expression.Constant(DateTimeOffset.UnixEpoch.Ticks));
        return Expression.Block([value], Expression.Assign(value, call.Arguments[0]), Within(value, ticks, least, most, call.Update(null, [value])));
    }

    private static ConditionalExpression Within(Expression value, Expression ticks, long least, long most, Expression otherwise) => Expression.Condition(
        Expression.AndAlso(Expression.GreaterThanOrEqual(value, Expression.Constant(least)), Expression.LessThanOrEqual(value, Expression.Constant(most))),
        ticks, Expression.Property(otherwise, nameof(DateTimeOffset.UtcTicks)));

    private static bool IsZero(Expression offset) => offset switch
    {
        ConstantExpression { Value: TimeSpan value } => value == TimeSpan.Zero,
        MemberExpression { Member: { Name: nameof(TimeSpan.Zero), DeclaringType: var type } } => type == typeof(TimeSpan),
        DefaultExpression => true,
        _ => false,
    };
}
