// Rows of the files as C# rows: the values of a row, in the order of its columns, are the arguments of the row's constructor. So one record, or one anonymous type, is all a case needs.
using System.Globalization;
using System.Reflection;
using System.Text.Json;

namespace StreamLinq.Tests.Conformance;

internal static class CaseRows
{
    internal static T[] Read<T>(JsonElement rows) => [.. rows.EnumerateArray().Select(Row<T>)];

    /// <summary>The objects of a file of JSON lines; columns go by name.</summary>
    internal static T[] ReadFile<T>(string path) => [.. File.ReadLines(path).Select(line => JsonSerializer.Deserialize<T>(line, JsonSerializerOptions.Web)!)];

    internal static T Row<T>(JsonElement row)
    {
        if (row.ValueKind != JsonValueKind.Array) return (T)Value(row, typeof(T))!;
        var values = row.EnumerateArray().ToArray();
        if (IsValue(typeof(T))) return (T)Value(values.Single(), typeof(T))!;
        var constructor = Constructor(typeof(T));
        var columns = constructor.GetParameters();
        if (columns.Length != values.Length) throw new InvalidDataException($"{row} has {values.Length} columns, {typeof(T).Name} has {columns.Length}.");
        return (T)constructor.Invoke([.. columns.Select((c, i) => Value(values[i], c.ParameterType))]);
    }

    private static ConstructorInfo Constructor(Type type) => type.GetConstructors().MaxBy(c => c.GetParameters().Length)!;

    private static bool IsValue(Type type) => (Nullable.GetUnderlyingType(type) ?? type) is var t && (t.IsPrimitive || t.IsArray || t == typeof(string) || t == typeof(decimal) || t == typeof(DateTimeOffset));

    private static object? Value(JsonElement value, Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        return value.ValueKind switch
        {
            JsonValueKind.Null => null,
            _ when type.IsArray => Elements(value, type.GetElementType()!),
            _ when type == typeof(DateTimeOffset) => value.ValueKind == JsonValueKind.Number
                ? DateTimeOffset.FromUnixTimeSeconds(value.GetInt64())
                : DateTimeOffset.Parse(value.GetString()!, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal),
            _ when type == typeof(decimal) => decimal.Parse(value.ToString(), CultureInfo.InvariantCulture),
            JsonValueKind.String when type == typeof(string) => value.GetString(),
            JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False when type.IsPrimitive => value.Deserialize(type),
            _ => throw new InvalidDataException($"{value} is no {type.Name}."),
        };
    }

    private static Array Elements(JsonElement values, Type type)
    {
        var elements = values.EnumerateArray().Select(v => Value(v, type)).ToArray();
        var array = Array.CreateInstance(type, elements.Length);
        elements.CopyTo(array, 0);
        return array;
    }
}
