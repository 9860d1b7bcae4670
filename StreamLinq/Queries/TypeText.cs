// The name of a type as C# writes it: for the text of queries, plans and errors.
namespace StreamLinq;

internal static class TypeText
{
    internal static readonly IReadOnlyDictionary<Type, string> Keywords = new Dictionary<Type, string>
    {
        [typeof(bool)] = "bool",
        [typeof(byte)] = "byte",
        [typeof(sbyte)] = "sbyte",
        [typeof(char)] = "char",
        [typeof(decimal)] = "decimal",
        [typeof(double)] = "double",
        [typeof(float)] = "float",
        [typeof(int)] = "int",
        [typeof(uint)] = "uint",
        [typeof(long)] = "long",
        [typeof(ulong)] = "ulong",
        [typeof(short)] = "short",
        [typeof(ushort)] = "ushort",
        [typeof(nint)] = "nint",
        [typeof(nuint)] = "nuint",
        [typeof(string)] = "string",
        [typeof(object)] = "object",
        [typeof(void)] = "void",
    };

    internal static string Name(Type type)
    {
        if (Keywords.TryGetValue(type, out var keyword)) return keyword;
        if (type.IsArray) return Name(type.GetElementType()!) + "[]";
        if (Nullable.GetUnderlyingType(type) is { } underlying) return Name(underlying) + "?";
        if (type.Name.Contains("AnonymousType", StringComparison.Ordinal))
            return "{ " + string.Join(", ", type.GetProperties().Select(p => $"{p.Name}: {Name(p.PropertyType)}")) + " }";
        if (!type.IsGenericType) return type.Name;
        var arguments = string.Join(", ", type.GetGenericArguments().Select(Name));
        if (type.FullName!.StartsWith("System.ValueTuple`", StringComparison.Ordinal)) return $"({arguments})";
        return $"{type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)]}<{arguments}>";
    }
}
