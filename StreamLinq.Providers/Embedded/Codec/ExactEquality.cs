// Whether two rows have the same bytes, told without writing them. Only for rows whose members are equal exactly when their bytes are: 1.0m equals 1.00m, 0.0 equals -0.0,
// and a DateTime equals one of another kind, so rows with such members are written and compared.
using System.Linq.Expressions;
using System.Numerics;

namespace StreamLinq.Embedded;

internal static class ExactEquality
{
    private static readonly HashSet<Type> Exact =
    [
        typeof(bool), typeof(sbyte), typeof(byte), typeof(short), typeof(ushort), typeof(int), typeof(uint), typeof(long), typeof(ulong), typeof(Int128), typeof(UInt128), typeof(BigInteger),
        typeof(char), typeof(string), typeof(Guid), typeof(TimeSpan), typeof(DateOnly), typeof(TimeOnly),
    ];

    /// <summary>Compares rows member by member; null if that would not tell whether their bytes are the same.</summary>
    internal static Func<T, T, bool>? Of<T>() => Known<T>.Same;

    private static Func<T, T, bool>? Make<T>()
    {
        var left = Expression.Parameter(typeof(T), "left");
        var right = Expression.Parameter(typeof(T), "right");
        if (IsExact(typeof(T))) return Expression.Lambda<Func<T, T, bool>>(Expression.Equal(left, right), left, right).Compile();
        if (Shape.Of(typeof(T)) is not Shape.Composite composite || !composite.Parts.All(p => IsExact(p.Type))) return null;
        var same = composite.Parts
            .Select(p => (Expression)Expression.Equal(Expression.MakeMemberAccess(left, p.Member), Expression.MakeMemberAccess(right, p.Member)))
            .Aggregate((Expression)Expression.Constant(true), Expression.AndAlso);
        if (!typeof(T).IsValueType)
        {
            var none = Expression.Constant(null, typeof(T));
            var both = Expression.AndAlso(Expression.ReferenceNotEqual(left, none), Expression.ReferenceNotEqual(right, none));
            same = Expression.OrElse(Expression.ReferenceEqual(left, right), Expression.AndAlso(both, same));
        }

        return Expression.Lambda<Func<T, T, bool>>(same, left, right).Compile();
    }

    private static bool IsExact(Type type)
    {
        var value = Nullable.GetUnderlyingType(type) ?? type;
        return value.IsEnum || Exact.Contains(value);
    }

    private static class Known<T>
    {
        internal static readonly Func<T, T, bool>? Same = Make<T>();
    }
}
