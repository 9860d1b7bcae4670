// An entry of state as names and values, and as a line of JSON.
using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using StreamLinq.Embedded;

namespace StreamLinq;

/// <summary>
/// An entry of state. Numbers, texts and times are .NET's own; a record or tuple in it is a dictionary (of a tuple with Item1, Item2, …), a list a list, and what was kept as JSON is its text.
/// An aggregate that keeps more than one number has a field for each: <c>average.sum</c>, <c>average.count</c>.
/// </summary>
public sealed class StateRow : IReadOnlyDictionary<string, object?>
{
    private static readonly JsonWriterOptions JsonOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly OrderedDictionary<string, object?> _values = new(StringComparer.Ordinal);

    internal StateRow(EntryFields fields, object?[] values)
    {
        for (var i = 0; i < values.Length; i++)
            if (fields.Fields[i].Name.Length > 0) Add(_values, fields.Fields[i].Name, fields.Fields[i].IsTime ? Time(values[i]) : Shown(fields.Fields[i].Node, values[i]));
    }

    /// <inheritdoc />
    public object? this[string key] => _values[key];

    /// <inheritdoc />
    public IEnumerable<string> Keys => _values.Keys;

    /// <inheritdoc />
    public IEnumerable<object?> Values => _values.Values;

    /// <inheritdoc />
    public int Count => _values.Count;

    /// <inheritdoc />
    public bool ContainsKey(string key) => _values.ContainsKey(key);

    /// <inheritdoc />
    public bool TryGetValue(string key, [MaybeNullWhen(false)] out object? value) => _values.TryGetValue(key, out value);

    /// <inheritdoc />
    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator() => _values.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>The row as a JSON object in one line.</summary>
    public override string ToString()
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, JsonOptions)) Write(json, _values);
        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    // The engine's times are ticks of UTC; what stands for no time, or for the end of all time, stays a number.
    private static object? Time(object? value) => value is long ticks and >= 0 && ticks <= DateTime.MaxValue.Ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : value;

    private static object? Shown(SchemaNode node, object? value)
    {
        node = node.Resolved;
        switch (value)
        {
            case JsonBytes json: return Encoding.UTF8.GetString(json.Utf8);
            case object?[] items when node.Kind == SchemaKind.List: return items.Select(i => Shown(node.Inner!, i)).ToList();
            case object?[] members:
                var composite = node.Kind == SchemaKind.Optional ? node.Inner!.Resolved : node;
                if (composite.Kind == SchemaKind.List) return Shown(composite, value);
                var shown = new OrderedDictionary<string, object?>(StringComparer.Ordinal);
                for (var i = 0; i < members.Length; i++) Add(shown, composite.Kind == SchemaKind.Tuple ? $"Item{i + 1}" : composite.Names[i], Shown(composite.Members[i], members[i]));
                return shown;
            default: return value;
        }
    }

    // Two fields may have one name: a key and an aggregate, or what a damaged description says.
    private static void Add(OrderedDictionary<string, object?> values, string name, object? value)
    {
        var unique = name;
        for (var i = 2; values.ContainsKey(unique); i++) unique = $"{name}#{i}";
        values.Add(unique, value);
    }

    private static void Write(Utf8JsonWriter json, object? value)
    {
        switch (value)
        {
            case null: json.WriteNullValue(); break;
            case bool flag: json.WriteBooleanValue(flag); break;
            case string text: json.WriteStringValue(text); break;
            case sbyte or byte or short or ushort or int or uint or long: json.WriteNumberValue(Convert.ToInt64(value, CultureInfo.InvariantCulture)); break;
            case decimal number: json.WriteNumberValue(number); break;
            case double number when double.IsFinite(number): json.WriteNumberValue(number); break;
            case ulong or Int128 or UInt128 or System.Numerics.BigInteger: json.WriteRawValue(Convert.ToString(value, CultureInfo.InvariantCulture)!); break;
            case byte[] bytes: json.WriteBase64StringValue(bytes); break;
            case DateTime or DateTimeOffset or DateOnly or TimeOnly: json.WriteStringValue(((IFormattable)value).ToString("O", CultureInfo.InvariantCulture)); break;
            case OrderedDictionary<string, object?> members:
                json.WriteStartObject();
                foreach (var (name, member) in members)
                {
                    json.WritePropertyName(name);
                    Write(json, member);
                }

                json.WriteEndObject();
                break;
            case List<object?> items:
                json.WriteStartArray();
                foreach (var item in items) Write(json, item);
                json.WriteEndArray();
                break;
            default: json.WriteStringValue(Convert.ToString(value, CultureInfo.InvariantCulture)); break;
        }
    }
}
