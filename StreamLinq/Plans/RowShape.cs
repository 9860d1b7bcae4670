// Rows that need not exist as objects: the forms whose members are known to be the arguments they were made from.
using System.Linq.Expressions;
using System.Reflection;

namespace StreamLinq;

internal static class RowShape
{
    /// <summary>Members and arguments of an anonymous object or a value tuple: reading a member back is the argument itself, so the object need not be made.</summary>
    internal static bool TryTakeApart(Expression shape, out IReadOnlyList<(string Member, Expression Value)> parts)
    {
        parts = [];
        if (shape is NewExpression { Members: { } members } made)
        {
            parts = [.. members.Zip(made.Arguments, (m, a) => (m.Name, a))];
            return true;
        }

        var arguments = shape switch
        {
            MethodCallExpression { Object: null, Method: { Name: "Create", DeclaringType: var type } } call when type == typeof(ValueTuple) => call.Arguments,
            NewExpression { Arguments.Count: > 0 and < 8 } tuple when IsValueTuple(tuple.Type) => tuple.Arguments,
            _ => null,
        };
        if (arguments is null || arguments.Count > 7) return false;
        parts = [.. arguments.Select((a, i) => ($"Item{i + 1}", a))];
        return true;
    }

    /// <summary>The same shape with other parts.</summary>
    internal static Expression PutTogether(Expression shape, IReadOnlyList<Expression> parts) => shape switch
    {
        NewExpression made => made.Update(parts),
        MethodCallExpression call => call.Update(null, parts),
        _ => throw new InvalidOperationException($"{shape.NodeType} is no row shape."),
    };

    /// <summary>Members of an object that is made as it is (a record, an object initializer), by the convention of records. For finding out where a key is kept, never for skipping the constructor.</summary>
    internal static IReadOnlyList<(string Member, Expression Value)> MembersByConvention(Expression shape) => shape switch
    {
        NewExpression { Constructor: { } constructor } made when IsRecord(made.Type) =>
            [.. constructor.GetParameters().Zip(made.Arguments)
                .Where(p => p.First.Name is { } name && made.Type.GetProperty(name)?.PropertyType == p.First.ParameterType)
                .Select(p => (p.First.Name!, p.Second))],
        MemberInitExpression made => [.. made.Bindings.OfType<MemberAssignment>().Select(b => (b.Member.Name, b.Expression)), .. MembersByConvention(made.NewExpression)],
        _ => [],
    };

    /// <summary>Whether a value is what a record keeps in a property: records with equal values have equal such members.</summary>
    internal static bool IsMemberOfRecord(Expression value, Expression record) =>
        value is MemberExpression { Expression: { } owner, Member: PropertyInfo { GetMethod: { } get } } && IsRecord(owner.Type)
        && get.IsDefined(typeof(System.Runtime.CompilerServices.CompilerGeneratedAttribute)) && ExpressionEquality.Same(owner, record);

    private static bool IsValueTuple(Type type) => type.IsGenericType && type.FullName!.StartsWith("System.ValueTuple`", StringComparison.Ordinal);

    private static bool IsRecord(Type type) =>
        type.GetMethod("<Clone>$") is not null || (type.IsValueType && type.GetMethod("PrintMembers", BindingFlags.Instance | BindingFlags.NonPublic) is not null);
}
