// What a type is to the codec: a single value, a nullable, a list, a composite of members, JSON, or refused with a reason.
// Only the type decides, never a name in the data.
using System.Collections.Immutable;
using System.Numerics;
using System.Reflection;
using System.Text.Json.Serialization;

namespace StreamLinq.Embedded;

internal abstract record Shape
{
    private static readonly Dictionary<Type, (string Kind, int MinBytes)> Leaves = new()
    {
        [typeof(bool)] = ("bool", 1),
        [typeof(sbyte)] = ("int8", 1),
        [typeof(byte)] = ("uint8", 1),
        [typeof(short)] = ("int16", 1),
        [typeof(ushort)] = ("uint16", 1),
        [typeof(int)] = ("int32", 1),
        [typeof(uint)] = ("uint32", 1),
        [typeof(long)] = ("int64", 1),
        [typeof(ulong)] = ("uint64", 1),
        [typeof(Int128)] = ("int128", 16),
        [typeof(UInt128)] = ("uint128", 16),
        [typeof(BigInteger)] = ("integer", 1),
        [typeof(Half)] = ("half", 2),
        [typeof(float)] = ("float", 4),
        [typeof(double)] = ("double", 8),
        [typeof(decimal)] = ("decimal", 1),
        [typeof(char)] = ("char", 1),
        [typeof(string)] = ("string", 1),
        [typeof(Guid)] = ("guid", 16),
        [typeof(DateTime)] = ("datetime", 8),
        [typeof(DateTimeOffset)] = ("instant", 9),
        [typeof(TimeSpan)] = ("duration", 1),
        [typeof(DateOnly)] = ("date", 1),
        [typeof(TimeOnly)] = ("time", 1),
        [typeof(byte[])] = ("bytes", 1),
    };

    private static readonly HashSet<Type> Lists =
    [
        typeof(List<>), typeof(ImmutableArray<>), typeof(IReadOnlyList<>), typeof(IReadOnlyCollection<>), typeof(IList<>), typeof(ICollection<>), typeof(IEnumerable<>),
    ];

    public static Shape Of(Type type)
    {
        if (Leaves.TryGetValue(type, out var leaf)) return new Leaf(leaf.Kind, leaf.MinBytes);
        if (Nullable.GetUnderlyingType(type) is { } inner) return new Optional(inner);
        if (type.IsEnum) return new Number(type.GetEnumUnderlyingType());
        if (type.IsByRefLike || type.IsPointer || type.IsFunctionPointer || type == typeof(nint) || type == typeof(nuint)) return new Refused("it points into memory");
        if (typeof(Delegate).IsAssignableFrom(type)) return new Refused("it is a delegate");
        if (type == typeof(object)) return new Refused("it is declared object, and what was an int would come back as a JsonElement");
        if (type.IsArray) return type.IsSZArray ? new Sequence(type.GetElementType()!) : new Refused("it is an array of more than one dimension");
        if (type.IsGenericType && Lists.Contains(type.GetGenericTypeDefinition())) return new Sequence(type.GetGenericArguments()[0]);
        if (IsTuple(type) || IsAnonymous(type)) return Members.Of(type);
        if (type.IsDefined(typeof(JsonConverterAttribute), inherit: false) || type.IsInterface || type.IsAbstract) return JsonCodec.ShapeOf(type);
        if (typeof(System.Collections.IEnumerable).IsAssignableFrom(type) || (IsPlatform(type) && !type.IsValueType)) return JsonCodec.ShapeOf(type);
        var shape = Members.Of(type);
        return shape is Refused { Final: false } unfit ? JsonCodec.ShapeOf(type) is Json json ? json : unfit : shape;
    }

    public static bool IsTuple(Type type) => typeof(System.Runtime.CompilerServices.ITuple).IsAssignableFrom(type) && IsPlatform(type);

    public static bool IsAnonymous(Type type) =>
        type.Name.Contains("AnonymousType", StringComparison.Ordinal) && type.IsDefined(typeof(System.Runtime.CompilerServices.CompilerGeneratedAttribute), inherit: false);

    public static bool IsRecord(Type type) => type.IsClass && type.GetMethod("<Clone>$", BindingFlags.Public | BindingFlags.Instance) is not null;

    // The fewest bytes a value takes: a count in damaged bytes is checked against it. Never zero, so that a count is bounded by the bytes.
    public static int MinBytes(Type type) => Of(type) switch
    {
        Leaf leaf => leaf.Fewest,
        Composite { Type.IsValueType: true } composite => Math.Max(1, composite.Parts.Sum(p => MinBytes(p.Type))),
        _ => 1,
    };

    private static bool IsPlatform(Type type) =>
        type.Assembly == typeof(object).Assembly || type.Assembly.GetName().Name is "System" or "mscorlib" || type.Assembly.GetName().Name!.StartsWith("System.", StringComparison.Ordinal);

    public sealed record Leaf(string Kind, int Fewest) : Shape;

    public sealed record Optional(Type Inner) : Shape;

    public sealed record Number(Type Underlying) : Shape;

    public sealed record Sequence(Type Element) : Shape;

    // Constructor null: the default of a struct. The parameters of the constructor are taken from Parts by index, the other parts are set afterwards.
    public sealed record Composite(Type Type, IReadOnlyList<Part> Parts, ConstructorInfo? Constructor, IReadOnlyList<int> Parameters) : Shape;

    public sealed record Json : Shape;

    // Final: JSON would lose the same.
    public sealed record Refused(string Why, bool Final = true) : Shape;

    public sealed record Part(string Name, Type Type, MemberInfo Member);
}
