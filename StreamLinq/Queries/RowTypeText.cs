// What a query looks like to its author: kind, columns and types in C# words. For tooltips, watch windows, plans and error texts; never parsed.
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;

namespace StreamLinq;

internal static class RowTypeText
{
    private const int MaxColumns = 12;
    private const int MaxDepth = 3;
    private const string Cut = "…";

    /// <summary>A query: <c>Table of { Word: string, Count: long }</c>.</summary>
    internal static string Query(Type kind, Type row) => $"{Kind(kind)} of {Row(row)}";

    /// <summary>A row with its columns: <c>Click { User: string, Amount: int }</c>; a group: <c>groups of Click by string</c>.</summary>
    internal static string Row(Type row)
    {
        if (Group(row) is { } group) return group;
        var name = Name(row);
        if (IsAnonymous(row) || IsPlain(row)) return name;
        var columns = Columns(row, 1);
        return columns.Length == 0 ? name : $"{name} {columns}";
    }

    /// <summary>A type in C# words: <c>int?</c>, <c>List&lt;string&gt;</c>, <c>{ Key: string, N: long }</c>.</summary>
    internal static string Name(Type type) => Name(type, 0);

    private static string Kind(Type kind) =>
        kind == typeof(AppendOnly) ? "stream"
        : kind == typeof(EventTime) || kind == typeof(Windowed) || kind == typeof(UpdatingWindowed) ? kind.Name + " stream"
        : typeof(Table).IsAssignableFrom(kind) ? kind.Name
        : "query";

    private static string? Group(Type row)
    {
        if (!row.IsGenericType) return null;
        var definition = row.GetGenericTypeDefinition();
        var arguments = row.GetGenericArguments();
        if (definition == typeof(IStreamGrouping<,>)) return $"groups of {Name(arguments[1])} by {Name(arguments[0])}";
        return definition == typeof(IWindowGrouping<,>) ? $"groups of {Name(arguments[1])} by {Name(arguments[0])} and window" : null;
    }

    private static string Name(Type type, int depth)
    {
        if (TypeText.Keywords.TryGetValue(type, out var keyword)) return keyword;
        if (depth > MaxDepth) return Cut;
        if (Nullable.GetUnderlyingType(type) is { } value) return Name(value, depth) + "?";
        if (type.IsArray) return $"{Name(type.GetElementType()!, depth)}[{new string(',', type.GetArrayRank() - 1)}]";
        if (IsAnonymous(type)) return Columns(type, depth + 1);
        if (!type.IsGenericType) return type.Name;
        var arguments = type.GetGenericArguments();
        var names = string.Join(", ", arguments.Take(MaxColumns).Select(a => Name(a, depth + 1)));
        if (arguments.Length > MaxColumns) names += $", {Cut}";
        if (type.FullName?.StartsWith("System.ValueTuple`", StringComparison.Ordinal) == true) return $"({names})";
        var tick = type.Name.IndexOf('`', StringComparison.Ordinal);
        return tick < 0 ? type.Name : $"{type.Name[..tick]}<{names}>";
    }

    private static string Columns(Type row, int depth)
    {
        var text = new StringBuilder();
        var count = 0;
        foreach (var (name, type) in Members(row))
        {
            if (++count > MaxColumns)
            {
                text.Append(", " + Cut);
                break;
            }

            if (count > 1) text.Append(", ");
            text.Append(name).Append(": ").Append(Name(type, depth));
        }

        return count == 0 ? "" : $"{{ {text} }}";
    }

    // Public properties and fields in the order of their declaration. What the compiler carries along for `let`, `join` and `into` is shown as if it were flat.
    private static IEnumerable<(string Name, Type Type)> Members(Type row)
    {
        foreach (var member in row.GetMembers(BindingFlags.Public | BindingFlags.Instance).OrderBy(m => m.MetadataToken))
        {
            var type = member switch
            {
                PropertyInfo { CanRead: true } property when property.GetIndexParameters().Length == 0 => property.PropertyType,
                FieldInfo field => field.FieldType,
                _ => null,
            };
            if (type is null) continue;
            if (member.Name.StartsWith("<>h__TransparentIdentifier", StringComparison.Ordinal))
            {
                foreach (var inner in Members(type)) yield return inner;
            }
            else
            {
                yield return (member.Name, type);
            }
        }
    }

    private static bool IsAnonymous(Type type) => type.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false) && type.Name.StartsWith("<>f__AnonymousType", StringComparison.Ordinal);

    // Types whose members say nothing about the row: those of .NET itself.
    private static bool IsPlain(Type type) => type.IsEnum || type.IsArray || type.IsInterface || type.Namespace is "System" or "System.Collections.Generic" || TypeText.Keywords.ContainsKey(type);
}
