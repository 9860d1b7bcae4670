// One JSON object per row. Rows of a changing table get the epoch; deletes, and in Changelog also inserts, say so in a member "change". A row that is one value is {"value": ...}.
using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace StreamLinq.Sinks;

[SuppressMessage("Design", "CA1001", Justification = "The JSON writer writes to memory and holds nothing.")]
internal sealed class JsonLinesFormat<T> : IRowFormat<T>
{
    private readonly JsonTypeInfo<T> _type;
    private readonly ArrayBufferWriter<byte> _row = new();
    private readonly Utf8JsonWriter _json;
    private readonly string _sink;
    private readonly bool _epoch, _changelog;

    internal JsonLinesFormat(SinkContext context, JsonLinesSinkOptions options, string sink)
    {
        var json = new JsonSerializerOptions(options.Json ?? JsonLinesDefaults.Options) { WriteIndented = false };
        json.TypeInfoResolver ??= new DefaultJsonTypeInfoResolver();
        _type = (JsonTypeInfo<T>)json.GetTypeInfo(typeof(T));
        // A row may nest as deep as the options allow; JsonSerializer checks that, not the writer.
        _json = new(_row, new JsonWriterOptions { Encoder = json.Encoder, SkipValidation = true });
        _sink = sink;
        _changelog = context.Mode == OutputMode.Changelog;
        _epoch = options.IncludeEpoch || _changelog || context.Mode == OutputMode.Update;
        if (_epoch) ReservedNames.Check(_type.Properties.Select(p => p.Name), sink);
    }

    public ReadOnlyMemory<byte> Header => default;

    public void Write(IBufferWriter<byte> output, Change<T> change, long epoch)
    {
        _row.ResetWrittenCount();
        _json.Reset();
        try
        {
            JsonSerializer.Serialize(_json, change.Row, _type);
            _json.Flush();
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            throw new StreamLinqException("SLQ2037", $"{_sink}: a row of {typeof(T).Name} in epoch {epoch} cannot be written as JSON: {e.Message} Select what can be written, or give JsonLinesSinkOptions.Json a converter.", e);
        }

        var row = _row.WrittenSpan;
        var isObject = row[0] == '{';
        if (isObject)
        {
            output.Write(row[..^1]);
        }
        else
        {
            output.Write("{\"value\":"u8);
            output.Write(row);
        }
        if (_epoch)
        {
            if (!isObject || row.Length > 2) output.Write(","u8);
            output.Write("\"epoch\":"u8);
            Encoding.UTF8.GetBytes(epoch.ToString(CultureInfo.InvariantCulture), output);
        }
        if (change.Kind == ChangeKind.Delete) output.Write(",\"change\":\"delete\""u8);
        else if (_changelog) output.Write(change.Kind == ChangeKind.Insert ? ",\"change\":\"insert\""u8 : ",\"change\":\"upsert\""u8);
        output.Write("}\n"u8);
    }
}

internal static class JsonLinesDefaults
{
    // Names as in web APIs (camelCase); fields, because value tuples have nothing else; text readable, as a file is no web page; NaN and the infinities as strings.
    internal static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.Web)
    {
        IncludeFields = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };
}
