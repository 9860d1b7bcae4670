// Seeded hashes of keys that come from outside: without the seed nobody can choose keys that collide. One struct per kind of key, so that tables inline it.
using System.Linq.Expressions;
using System.Numerics;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace StreamLinq.Embedded;

/// <summary>Hashes keys of one type; equal keys have equal hashes. The upper bits are the good ones.</summary>
internal interface IKeyHash<TKey>
{
    ulong Hash(TKey key, ulong seed);
}

/// <summary>Integers, enums, chars and bools: one multiplication.</summary>
internal readonly struct IntegerHash<TKey> : IKeyHash<TKey>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Hash(TKey key, ulong seed) => (Bits(key) ^ seed) * KeyHash.Odd;

    // The value stays in a register all the way: written as a tuple of two ints and read as one long it would wait for the memory.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ulong Bits(TKey key) => Unsafe.SizeOf<TKey>() switch
    {
        1 => Unsafe.BitCast<TKey, byte>(key),
        2 => Unsafe.BitCast<TKey, ushort>(key),
        4 => Unsafe.BitCast<TKey, uint>(key),
        _ => Unsafe.BitCast<TKey, ulong>(key),
    };
}

/// <summary>Strings: sixteen bytes per multiplication, over the chars as they lie in memory. No string is copied.</summary>
internal readonly struct StringHash : IKeyHash<string>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Hash(string key, ulong seed) => key is null ? seed * KeyHash.Odd : KeyHash.OfBytes(MemoryMarshal.AsBytes(key.AsSpan()), seed);
}

/// <summary>Two parts: each hashed as a key of its type; two integers that fit into a word as that word.</summary>
internal readonly struct PairHash<T1, T2, THash1, THash2> : IKeyHash<(T1, T2)> where THash1 : struct, IKeyHash<T1> where THash2 : struct, IKeyHash<T2>
{
    private static bool IsWord => typeof(THash1) == typeof(IntegerHash<T1>) && typeof(THash2) == typeof(IntegerHash<T2>) && Unsafe.SizeOf<T1>() + Unsafe.SizeOf<T2>() <= sizeof(ulong);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Hash((T1, T2) key, ulong seed) => IsWord
        ? ((IntegerHash<T1>.Bits(key.Item1) | (IntegerHash<T2>.Bits(key.Item2) << (8 * Unsafe.SizeOf<T1>()))) ^ seed) * KeyHash.Odd
        : KeyHash.Combine(default(THash1).Hash(key.Item1, seed), default(THash2).Hash(key.Item2, seed));
}

/// <summary>Three parts.</summary>
internal readonly struct TripleHash<T1, T2, T3, THash1, THash2, THash3> : IKeyHash<(T1, T2, T3)>
    where THash1 : struct, IKeyHash<T1> where THash2 : struct, IKeyHash<T2> where THash3 : struct, IKeyHash<T3>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Hash((T1, T2, T3) key, ulong seed) =>
        KeyHash.Combine(KeyHash.Combine(default(THash1).Hash(key.Item1, seed), default(THash2).Hash(key.Item2, seed)), default(THash3).Hash(key.Item3, seed));
}

/// <summary>Every other key: a function compiled over its members.</summary>
internal readonly struct CompiledHash<TKey> : IKeyHash<TKey>
{
    private static readonly Func<TKey, ulong, ulong> Function = KeyHash.Compile<TKey>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Hash(TKey key, ulong seed) => Function(key, seed);
}

internal static class KeyHash
{
    internal const ulong Odd = 0x9E3779B97F4A7C15;
    private const ulong Second = 0xC2B2AE3D27D4EB4F;

    /// <summary>The struct that hashes keys of a type.</summary>
    internal static Type For(Type key)
    {
        if (key == typeof(string)) return typeof(StringHash);
        if (key.IsGenericType && key.FullName!.StartsWith("System.ValueTuple`", StringComparison.Ordinal) && key.GetGenericArguments() is { Length: 2 or 3 } parts)
            return (parts.Length == 2 ? typeof(PairHash<,,,>) : typeof(TripleHash<,,,,,>)).MakeGenericType([.. parts, .. parts.Select(For)]);
        return IsInteger(key) ? typeof(IntegerHash<>).MakeGenericType(key) : typeof(CompiledHash<>).MakeGenericType(key);
    }

    internal static ulong OfBytes(ReadOnlySpan<byte> bytes, ulong seed)
    {
        var hash = seed ^ ((ulong)bytes.Length * Odd);
        while (bytes.Length >= 16)
        {
            hash = Mix(MemoryMarshal.Read<ulong>(bytes) ^ hash, MemoryMarshal.Read<ulong>(bytes[8..]) ^ Second);
            bytes = bytes[16..];
        }

        if (bytes.Length >= 8)
        {
            hash = Mix(MemoryMarshal.Read<ulong>(bytes) ^ hash, Second);
            bytes = bytes[8..];
        }

        ulong rest = 0;
        for (var i = 0; i < bytes.Length; i++) rest |= (ulong)bytes[i] << (8 * i);
        return Mix(rest ^ hash, Odd);
    }

    internal static ulong OfGuid(Guid value, ulong seed) => OfBytes(MemoryMarshal.AsBytes(new ReadOnlySpan<Guid>(in value)), seed);

    // Zero and minus zero are one key, and all that are not numbers are.
    internal static ulong OfDouble(double value, ulong seed) =>
        (BitConverter.DoubleToUInt64Bits(value == 0 ? 0 : double.IsNaN(value) ? double.NaN : value) ^ seed) * Odd;

    // 1.0 and 1.00 are one key: the division leaves out zeros at the end.
    internal static ulong OfDecimal(decimal value, ulong seed)
    {
        if (value == 0) return seed * Odd;
        Span<int> bits = stackalloc int[4];
        decimal.GetBits(value / 1.0000000000000000000000000000m, bits);
        return OfBytes(MemoryMarshal.AsBytes(bits), seed);
    }

    internal static ulong OfInt128(Int128 value, ulong seed) => Combine((ulong)value ^ seed, (ulong)(value >> 64) ^ seed);

    internal static ulong OfUInt128(UInt128 value, ulong seed) => Combine((ulong)value ^ seed, (ulong)(value >> 64) ^ seed);

    internal static ulong Combine(ulong hash, ulong next) => Mix(hash ^ next, Second);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Mix(ulong left, ulong right)
    {
        var high = Math.BigMul(left, right, out var low);
        return high ^ low;
    }

    private static bool IsInteger(Type type) => type.IsEnum || (type.IsPrimitive && type != typeof(double) && type != typeof(float) && type != typeof(nint) && type != typeof(nuint));

    internal static Func<TKey, ulong, ulong> Compile<TKey>()
    {
        var key = Expression.Parameter(typeof(TKey), "key");
        var seed = Expression.Parameter(typeof(ulong), "seed");
        return Expression.Lambda<Func<TKey, ulong, ulong>>(Of(key, seed), key, seed).Compile();
    }

    // Types whose own hash agrees with their equality are taken by it and mixed with the seed; strings, tuples and records member by member.
    private static Expression Of(Expression value, Expression seed)
    {
        var type = value.Type;
        var hash = For(type);
        if (hash != typeof(CompiledHash<>).MakeGenericType(type))
            return Expression.Call(Expression.Default(hash), hash.GetMethod(nameof(IKeyHash<>.Hash))!, value, seed);
        if (Exact(value, seed) is { } exact) return exact;
        if (Nullable.GetUnderlyingType(type) is not null)
        {
            return Expression.Condition(Expression.Property(value, nameof(Nullable<>.HasValue)),
                Combined(Expression.Constant(1UL), Of(Expression.Property(value, nameof(Nullable<>.Value)), seed)), Expression.Multiply(seed, Expression.Constant(Second)));
        }

        if (Members(type) is { Count: > 0 } members)
        {
            var combined = members.Select(m => Of(Expression.MakeMemberAccess(value, m), seed)).Aggregate(Combined);
            return type.IsValueType ? combined : Expression.Condition(Expression.ReferenceEqual(value, Expression.Constant(null)), seed, combined);
        }

        var own = Expression.Call(value, type.GetMethod(nameof(GetHashCode), Type.EmptyTypes) ?? typeof(object).GetMethod(nameof(GetHashCode))!);
        Expression mixed = Expression.Multiply(Expression.ExclusiveOr(Expression.Convert(own, typeof(ulong)), seed), Expression.Constant(Odd));
        return type.IsValueType ? mixed : Expression.Condition(Expression.ReferenceEqual(value, Expression.Constant(null)), seed, mixed);
    }

    // The hashes that these have of their own are of 32 bits and without a seed, so that anybody can find as many keys as he likes that share one: what their equality compares is hashed instead.
    private static Expression? Exact(Expression value, Expression seed)
    {
        var type = value.Type;
        var method = type == typeof(Guid) ? nameof(OfGuid) : type == typeof(decimal) ? nameof(OfDecimal) : type == typeof(double) || type == typeof(float) ? nameof(OfDouble)
            : type == typeof(Int128) ? nameof(OfInt128) : type == typeof(UInt128) ? nameof(OfUInt128) : null;
        if (method is not null) return Expression.Call(typeof(KeyHash), method, null, type == typeof(float) ? Expression.Convert(value, typeof(double)) : value, seed);
        var member = type == typeof(DateTime) || type == typeof(TimeSpan) || type == typeof(TimeOnly) ? nameof(DateTime.Ticks)
            : type == typeof(DateTimeOffset) ? nameof(DateTimeOffset.UtcTicks) : type == typeof(DateOnly) ? nameof(DateOnly.DayNumber) : null;
        return member is null ? null : Of(Expression.Property(value, member), seed);
    }

    private static MethodCallExpression Combined(Expression left, Expression right) => Expression.Call(typeof(KeyHash), nameof(Combine), null, left, right);

    private static List<MemberInfo> Members(Type type)
    {
        if (type.IsPrimitive || type.Namespace == nameof(System) && !type.Name.StartsWith("ValueTuple`", StringComparison.Ordinal) && !type.Name.StartsWith("Tuple`", StringComparison.Ordinal)) return [];
        if (type.Namespace == "System.Numerics" || type == typeof(BigInteger)) return [];
        var fields = type.GetFields(BindingFlags.Instance | BindingFlags.Public).Cast<MemberInfo>();
        return [.. fields.Concat(type.GetProperties(BindingFlags.Instance | BindingFlags.Public).Where(p => p.GetIndexParameters().Length == 0 && p.CanRead))];
    }
}
