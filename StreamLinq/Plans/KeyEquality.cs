// Which types can be keys: those whose equality is by value all the way down, so that equal keys can have equal bytes.
using System.Collections.Concurrent;
using System.Numerics;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace StreamLinq;

internal static class KeyEquality
{
    private static readonly ConcurrentDictionary<Type, string?> Known = new();

    private static readonly HashSet<Type> Values =
    [
        typeof(string), typeof(decimal), typeof(DateTime), typeof(DateTimeOffset), typeof(DateOnly), typeof(TimeOnly), typeof(TimeSpan), typeof(Guid),
        typeof(Int128), typeof(UInt128), typeof(Half), typeof(BigInteger), typeof(Window),
    ];

    internal static bool Holds(Type type, out string why) => (why = Known.GetOrAdd(type, t => Reason(t, [])) ?? "").Length == 0;

    private static string? Reason(Type type, HashSet<Type> outer)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type.IsPrimitive || type.IsEnum || Values.Contains(type)) return null;
        if (type.IsArray) return "an array is compared by reference";
        if (!outer.Add(type)) return "it holds itself";
        if (!IsByValue(type)) return type.IsInterface || type == typeof(object) ? "its values can be of any type" : "it has no value equality; make it a record, or group by its members";
        foreach (var (name, member) in Members(type))
            if (Reason(member, outer) is { } reason) return $"its member {name} is {TypeText.Name(member)}: {reason}";
        outer.Remove(type);
        return null;
    }

    private static bool IsByValue(Type type) =>
        type.IsValueType || type.GetMethod("<Clone>$") is not null
        || (type.IsDefined(typeof(CompilerGeneratedAttribute), false) && type.Name.Contains("AnonymousType", StringComparison.Ordinal))
        || type.FullName?.StartsWith("System.Tuple`", StringComparison.Ordinal) == true;

    private static IEnumerable<(string Name, Type Type)> Members(Type type) => type.IsValueType && !type.GetProperties(BindingFlags.Instance | BindingFlags.Public).Any(p => p.GetIndexParameters().Length == 0)
        ? type.GetFields(BindingFlags.Instance | BindingFlags.Public).Select(f => (f.Name, f.FieldType))
        : type.GetProperties(BindingFlags.Instance | BindingFlags.Public).Where(p => p.GetIndexParameters().Length == 0).Select(p => (p.Name, p.PropertyType))
            .Concat(type.GetFields(BindingFlags.Instance | BindingFlags.Public).Select(f => (f.Name, f.FieldType)));
}
