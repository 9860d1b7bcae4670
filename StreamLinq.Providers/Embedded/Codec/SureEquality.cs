// Whether two rows are surely the same, told without writing them: numbers by their bits, objects by being one object, arrays element by element. Rows that are the same may be missed, because an object may have been
// made twice. It keeps a group that was touched and has the same first rows as before from sending them all away and on again.
using System.Linq.Expressions;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace StreamLinq.Embedded;

internal static class SureEquality
{
    /// <summary>Compares two rows.</summary>
    internal static Func<T, T, bool> Of<T>() => Known<T>.Same;

    private static Func<T, T, bool> Make<T>()
    {
        var left = Expression.Parameter(typeof(T), "left");
        var right = Expression.Parameter(typeof(T), "right");
        return Expression.Lambda<Func<T, T, bool>>(Same(left, right), left, right).Compile();
    }

    /// <summary>The same as an expression.</summary>
    internal static Expression Same(Expression left, Expression right)
    {
        var type = left.Type;
        if (type.IsArray) return Call(nameof(SameElements), type.GetElementType()!, left, right);
        if (type == typeof(string)) return Expression.Equal(left, right);
        if (!type.IsValueType) return Expression.ReferenceEqual(left, right);
        if (type.FullName!.StartsWith("System.ValueTuple`", StringComparison.Ordinal))
            return type.GetFields().Select(f => Same(Expression.Field(left, f), Expression.Field(right, f))).Aggregate(Expression.AndAlso);
        return Call(nameof(SameBits), type, left, right);
    }

    private static MethodCallExpression Call(string method, Type type, Expression left, Expression right) =>
        Expression.Call(typeof(SureEquality).GetMethod(method, BindingFlags.Static | BindingFlags.NonPublic)!.MakeGenericMethod(type), left, right);

    // A struct that holds objects is not looked into.
    private static bool SameBits<T>(T left, T right) => !RuntimeHelpers.IsReferenceOrContainsReferences<T>()
        && MemoryMarshal.CreateReadOnlySpan(ref Unsafe.As<T, byte>(ref left), Unsafe.SizeOf<T>()).SequenceEqual(MemoryMarshal.CreateReadOnlySpan(ref Unsafe.As<T, byte>(ref right), Unsafe.SizeOf<T>()));

    private static bool SameElements<T>(T[]? left, T[]? right)
    {
        if (ReferenceEquals(left, right)) return true;
        if (left is null || right is null || left.Length != right.Length) return false;
        for (var i = 0; i < left.Length; i++)
            if (!Known<T>.Same(left[i], right[i])) return false;
        return true;
    }

    private static class Known<T>
    {
        internal static readonly Func<T, T, bool> Same = Make<T>();
    }
}
