// How a record of a file becomes a row. A format is shared; a parser belongs to one file at a time.
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;

namespace StreamLinq.Sources;

internal enum Parsed { Row, Blank, Bad }

internal abstract class RecordFormat<T>
{
    /// <summary>The word for it in descriptions.</summary>
    internal abstract string Word { get; }

    internal virtual byte? Quote => null;

    internal virtual byte Delimiter => (byte)',';

    internal virtual bool HasHeader => false;

    internal abstract RecordParser<T> Open(string origin);
}

internal abstract class RecordParser<T>
{
    internal virtual void ReadHeader(ReadOnlySpan<byte> record) => throw new InvalidOperationException("This format has no header.");

    /// <summary>Reads a record that is valid UTF-8.</summary>
    internal abstract Parsed TryParse(ReadOnlySpan<byte> record, long line, DateTimeOffset readAt, out T row, out string reason);
}

internal sealed class TextFormat : RecordFormat<TextLine>
{
    internal override string Word => "text";

    internal override RecordParser<TextLine> Open(string origin) => new Parser(origin);

    private sealed class Parser(string origin) : RecordParser<TextLine>
    {
        internal override Parsed TryParse(ReadOnlySpan<byte> record, long line, DateTimeOffset readAt, out TextLine row, out string reason)
        {
            row = new TextLine(Encoding.UTF8.GetString(record), origin, line, readAt);
            reason = "";
            return Parsed.Row;
        }
    }
}

internal sealed class JsonFormat<T>(JsonSerializerOptions? options) : RecordFormat<T>
{
    private static readonly JsonSerializerOptions Default = new() { PropertyNameCaseInsensitive = true, RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true };

    private readonly JsonTypeInfo<T> _type = (JsonTypeInfo<T>)Settled(options ?? Default).GetTypeInfo(typeof(T));

    internal override string Word => "JSON lines";

    internal override RecordParser<T> Open(string origin) => new Parser(_type);

    // What the serializer does with options on their first use: no more changes, and reflection where no resolver was named.
    private static JsonSerializerOptions Settled(JsonSerializerOptions options)
    {
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }

    private sealed class Parser(JsonTypeInfo<T> type) : RecordParser<T>
    {
        internal override Parsed TryParse(ReadOnlySpan<byte> record, long line, DateTimeOffset readAt, out T row, out string reason)
        {
            (row, reason) = (default!, "");
            if (record.IndexOfAnyExcept(" \t"u8) < 0) return Parsed.Blank;
            try
            {
                if (JsonSerializer.Deserialize(record, type) is { } value)
                {
                    row = value;
                    return Parsed.Row;
                }

                reason = "the line is null";
            }
            catch (Exception e) when (e is not (NotSupportedException or OutOfMemoryException))
            {
                // Parsing runs constructors and converters of the row's type; whatever they throw means that this line is no row.
                reason = "the line is not a " + typeof(T).Name + ": " + ShortReason.Of(e);
            }

            return Parsed.Bad;
        }
    }
}

internal static class ShortReason
{
    /// <summary>The first line of an exception's message, escaped and cut: it may quote the input.</summary>
    internal static string Of(Exception e)
    {
        var text = e.Message.AsSpan();
        var end = text.IndexOfAny('\r', '\n');
        if (end >= 0) text = text[..end];
        var safe = new StringBuilder();
        foreach (var c in text.Length > 200 ? text[..200] : text)
            if (char.IsControl(c)) safe.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:X4}");
            else safe.Append(c);
        return safe.ToString().TrimEnd('.', ' ');
    }

    internal static string? Fault(RecordFault fault, ReadOnlySpan<byte> bytes, int maxBytes) => fault switch
    {
        RecordFault.TooLong => $"the line is longer than {maxBytes} bytes",
        RecordFault.OpenQuote => "a quote is not closed",
        _ => Utf8.IsValid(bytes) ? null : "the line is not UTF-8",
    };
}
