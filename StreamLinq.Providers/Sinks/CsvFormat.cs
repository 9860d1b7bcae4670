// Rows as CSV after RFC 4180 with lines ending in \n: quoted where a comma, a quote, a line break or a space at an end asks for it. Null is an empty field, the empty string is "".
// A writer of its own, and not CsvHelper: rows come one by one with columns known beforehand, and null must differ from the empty string.
using System.Buffers;
using System.Globalization;
using System.Text;

namespace StreamLinq.Sinks;

internal sealed class CsvFormat<T> : IRowFormat<T>
{
    private readonly RowColumns<T> _columns = RowColumns<T>.Instance;
    private readonly StringBuilder _line = new();
    private readonly bool _changes;

    internal CsvFormat(SinkContext context, string sink)
    {
        _changes = context.Mode == OutputMode.Update || context.Mode == OutputMode.Changelog;
        if (_changes) ReservedNames.Check(_columns.Names, sink);
        foreach (var name in _columns.Names) Append(name);
        if (_changes) _line.Append(",epoch,change");
        _line.Append('\n');
        Header = Encoding.UTF8.GetBytes(_line.ToString());
    }

    public ReadOnlyMemory<byte> Header { get; }

    public void Write(IBufferWriter<byte> output, Change<T> change, long epoch)
    {
        _line.Clear();
        for (var i = 0; i < _columns.Names.Count; i++)
        {
            var value = _columns.Value(change.Row, i);
            if (value is not null) Append(ValueText.Of(value), comma: i > 0);
            else if (i > 0) _line.Append(',');
        }
        if (_changes) _line.Append(',').Append(epoch.ToString(CultureInfo.InvariantCulture)).Append(',').Append(ChangeNames.Of(change.Kind));
        _line.Append('\n');
        foreach (var chunk in _line.GetChunks()) Encoding.UTF8.GetBytes(chunk.Span, output);
    }

    private void Append(string field) => Append(field, comma: _line.Length > 0);

    private void Append(string field, bool comma)
    {
        if (comma) _line.Append(',');
        if (field.Length > 0 && field[0] != ' ' && field[^1] != ' ' && field.AsSpan().IndexOfAny(",\"\r\n") < 0) _line.Append(field);
        else _line.Append('"').Append(field.Replace("\"", "\"\"", StringComparison.Ordinal)).Append('"');
    }
}
