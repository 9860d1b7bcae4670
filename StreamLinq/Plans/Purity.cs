// A lambda that reads the clock or draws random numbers would give another answer when an epoch runs again after a crash.
using System.Diagnostics;
using System.Linq.Expressions;
using System.Reflection;

namespace StreamLinq;

internal static class Purity
{
    private static readonly HashSet<(Type Type, string Member)> Impure =
    [
        (typeof(DateTime), nameof(DateTime.Now)), (typeof(DateTime), nameof(DateTime.UtcNow)), (typeof(DateTime), nameof(DateTime.Today)),
        (typeof(DateTimeOffset), nameof(DateTimeOffset.Now)), (typeof(DateTimeOffset), nameof(DateTimeOffset.UtcNow)),
        (typeof(Guid), nameof(Guid.NewGuid)), (typeof(Guid), nameof(Guid.CreateVersion7)),
        (typeof(Environment), nameof(Environment.TickCount)), (typeof(Environment), nameof(Environment.TickCount64)),
        (typeof(Stopwatch), nameof(Stopwatch.GetTimestamp)), (typeof(Stopwatch), nameof(Stopwatch.StartNew)),
        (typeof(TimeProvider), nameof(TimeProvider.GetUtcNow)), (typeof(TimeProvider), nameof(TimeProvider.GetLocalNow)), (typeof(TimeProvider), nameof(TimeProvider.GetTimestamp)),
    ];

    internal static void Check(MemberExpression member, MethodCallExpression call) => Check(member.Member, call);

    internal static void Check(MethodCallExpression inner, MethodCallExpression call) => Check(inner.Method, call);

    private static void Check(MemberInfo member, MethodCallExpression call)
    {
        var type = member.DeclaringType!;
        if (Impure.Contains((type, member.Name)) || type == typeof(Random)) throw Errors.Impure(call, $"{type.Name}.{member.Name}");
    }
}
