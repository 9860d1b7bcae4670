// The columns of a row type and compiled ways to read them: one answer to "what are a row's columns" for the console, CSV, partition folders and the memory sink.
// Columns are the public readable properties, then the public fields, in the order of their declaration, those of a base class first. A value (number, text, date, list, ...) is one column "value".
using System.Collections;
using System.Linq.Expressions;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace StreamLinq.Sinks;

internal sealed class RowColumns<T>
{
    private readonly Func<T, object?>[] _getters;

    private RowColumns()
    {
        var row = Expression.Parameter(typeof(T), "row");
        var columns = RowShape.Columns(typeof(T), row);
        IsValue = columns is null;
        columns ??= [(RowShape.ValueColumn, row)];
        Names = [.. columns.Select(c => c.Name)];
        Types = [.. columns.Select(c => c.Value.Type)];
        _getters = [.. columns.Select(c => Expression.Lambda<Func<T, object?>>(Expression.Convert(c.Value, typeof(object)), row).Compile())];
    }

    // Built on first use, once per row type; read-only after that, so any thread may use it.
    internal static RowColumns<T> Instance { get; } = new();

    internal IReadOnlyList<string> Names { get; }

    internal IReadOnlyList<Type> Types { get; }

    // The row is one value, not a record of members.
    internal bool IsValue { get; }

    // A null row has null in every column.
    internal object? Value(T row, int column) => row is null ? null : _getters[column](row);

    internal string Text(T row, int column) => ValueText.Of(Value(row, column));

    // The place of a column, or SLQ2035 with the names there are.
    internal int IndexOf(string name, string sink)
    {
        for (var i = 0; i < Names.Count; i++)
            if (string.Equals(Names[i], name, StringComparison.Ordinal)) return i;
        throw new StreamLinqException("SLQ2035", $"{sink}: the row {typeof(T).Name} has no column '{name}'; its columns are {string.Join(", ", Names)}. Name one of these, exactly as it is written in the row.");
    }
}

internal static class RowShape
{
    internal const string ValueColumn = "value";

    // Null: the type is one value.
    internal static List<(string Name, Expression Value)>? Columns(Type type, Expression row)
    {
        if (IsValue(type)) return null;
        var columns = new List<(string Name, Expression Value)>();
        if (typeof(ITuple).IsAssignableFrom(type)) AddItems(type, row, columns);
        else AddMembers(type, row, columns);
        return columns.Count == 0 ? null : columns;
    }

    // A type of .NET is a value unless it is a tuple or a pair of key and value; a type of the user is a row unless it is a list.
    private static bool IsValue(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type.IsPrimitive || type.IsEnum || type == typeof(object)) return true;
        if (typeof(ITuple).IsAssignableFrom(type) || type.IsGenericType && type.GetGenericTypeDefinition() == typeof(KeyValuePair<,>)) return false;
        return typeof(IEnumerable).IsAssignableFrom(type) || type.Namespace is "System" || type.Namespace?.StartsWith("System.", StringComparison.Ordinal) == true;
    }

    // Item1 to Item7 and then Rest, which is again a tuple: its items count on.
    private static void AddItems(Type type, Expression row, List<(string Name, Expression Value)> columns)
    {
        for (var i = 1; i <= 7; i++)
        {
            if (type.GetMember($"Item{i}") is not [var item]) break;
            columns.Add(($"Item{columns.Count + 1}", Expression.MakeMemberAccess(row, item)));
        }
        if (type.GetMember("Rest") is [var rest]) AddItems(rest is FieldInfo f ? f.FieldType : ((PropertyInfo)rest).PropertyType, Expression.MakeMemberAccess(row, rest), columns);
    }

    private static void AddMembers(Type type, Expression row, List<(string Name, Expression Value)> columns)
    {
        foreach (var member in Members(type))
            columns.Add((member.Name, Expression.MakeMemberAccess(row, member)));
    }

    private static List<MemberInfo> Members(Type type)
    {
        var levels = new Stack<Type>();
        for (var t = type; t is not null && t != typeof(object) && t != typeof(ValueType); t = t.BaseType) levels.Push(t);
        if (type.IsInterface)
            foreach (var parent in type.GetInterfaces()) levels.Push(parent);

        const BindingFlags own = BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly;
        var members = new List<MemberInfo>();
        foreach (var level in levels)
        {
            IEnumerable<MemberInfo> properties = level.GetProperties(own)
                .Where(p => p.GetMethod is { IsPublic: true } && p.GetIndexParameters().Length == 0 && IsReadable(p.PropertyType)).OrderBy(p => p.MetadataToken);
            IEnumerable<MemberInfo> fields = level.GetFields(own).Where(f => IsReadable(f.FieldType)).OrderBy(f => f.MetadataToken);
            foreach (var member in properties.Concat(fields))
            {
                // A member that hides or overrides one of a base class takes that one's place.
                var hidden = members.FindIndex(m => string.Equals(m.Name, member.Name, StringComparison.Ordinal));
                if (hidden >= 0) members[hidden] = member;
                else members.Add(member);
            }
        }
        return members;
    }

    private static bool IsReadable(Type type) => !type.IsByRefLike && !type.IsByRef && !type.IsPointer && !type.IsFunctionPointer;
}
