// How a value reads as text, the same on every machine: invariant culture, ISO 8601 for dates, "null" for null. Used by the console, CSV and partition folders.
// Lists read [a, b], records inside a row {a, b}, as in Spark.
using System.Collections;
using System.Globalization;
using System.Linq.Expressions;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;

namespace StreamLinq.Sinks;

internal static class ValueText
{
    private const string Iso = "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK";

    // Rows that hold themselves end here instead of running out of stack.
    private const int MaxDepth = 16;

    private static readonly ConditionalWeakTable<Type, StrongBox<Func<object, object?>[]?>> Structures = [];

    internal static string Of(object? value) => Of(value, 0);

    private static string Of(object? value, int depth) => value switch
    {
        null => "null",
        string s => s,
        bool b => b ? "true" : "false",
        DateTimeOffset t => t.ToString(Iso, CultureInfo.InvariantCulture),
        DateTime t => t.ToString(Iso, CultureInfo.InvariantCulture),
        DateOnly d => d.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        TimeOnly t => t.ToString("HH:mm:ss.FFFFFFF", CultureInfo.InvariantCulture),
        byte[] bytes => $"[{string.Join(' ', bytes.Select(b => b.ToString("X2", CultureInfo.InvariantCulture)))}]",
        IFormattable f => f.ToString(null, CultureInfo.InvariantCulture),
        _ when depth == MaxDepth => "...",
        IEnumerable list => $"[{string.Join(", ", list.Cast<object?>().Select(v => Of(v, depth + 1)))}]",
        _ => Structure(value, depth),
    };

    private static string Structure(object value, int depth)
    {
        var members = Structures.GetValue(value.GetType(), static type => new(Members(type))).Value;
        if (members is null) return value.ToString() ?? "";
        var text = new StringBuilder("{");
        for (var i = 0; i < members.Length; i++) text.Append(i == 0 ? "" : ", ").Append(Of(members[i](value), depth + 1));
        return text.Append('}').ToString();
    }

    // Null: the type has a text of its own, written by a person, and that is used.
    private static Func<object, object?>[]? Members(Type type)
    {
        var text = type.GetMethod(nameof(ToString), Type.EmptyTypes)!;
        var generated = text.IsDefined(typeof(CompilerGeneratedAttribute)) || type.IsDefined(typeof(CompilerGeneratedAttribute))
            || text.DeclaringType == typeof(object) || text.DeclaringType == typeof(ValueType) || typeof(ITuple).IsAssignableFrom(type)
            || type.IsGenericType && type.GetGenericTypeDefinition() == typeof(KeyValuePair<,>);
        if (!generated) return null;
        var value = Expression.Parameter(typeof(object), "value");
        return RowShape.Columns(type, Expression.Convert(value, type))?
            .Select(c => Expression.Lambda<Func<object, object?>>(Expression.Convert(c.Value, typeof(object)), value).Compile()).ToArray();
    }
}
