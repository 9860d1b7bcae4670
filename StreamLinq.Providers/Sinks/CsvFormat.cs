// Rows as CSV after RFC 4180 with lines ending in \n: quoted where a comma, a quote, a line break or a space at an end asks for it. Null is an empty field, the empty string is "".
// A writer of its own, and not CsvHelper: rows come one by one with columns known beforehand, and null must differ from the empty string.
using System.Buffers;
using System.Globalization;
using System.Text;

namespace StreamLinq.Sinks;

internal sealed class CsvFormat<T> : IRowFormat<T>
{
    private readonly RowColumns<T> _columns = RowColumns<T>.Instance;
    private readonly bool _changes;

    internal CsvFormat(SinkContext context, string sink)
    {
        _changes = context.Mode == OutputMode.Update || context.Mode == OutputMode.Changelog;
        if (_changes) ReservedNames.Check(_columns.Names, sink);
        var header = new ArrayBufferWriter<byte>();
        for (var i = 0; i < _columns.Names.Count; i++) Append(header, i, _columns.Names[i]);
        header.Write(_changes ? ",epoch,change\n"u8 : "\n"u8);
        Header = header.WrittenMemory;
    }

    public ReadOnlyMemory<byte> Header { get; }

    public void Write(IBufferWriter<byte> output, Change<T> change, long epoch)
    {
        for (var i = 0; i < _columns.Names.Count; i++)
        {
            var value = _columns.Value(change.Row, i);
            // A reader skips empty lines; the one null of a line is written as the empty string.
            if (value is not null || _columns.Names.Count == 1 && !_changes) Append(output, i, value is null ? "" : ValueText.Of(value));
            else if (i > 0) output.Write(","u8);
        }
        if (_changes) Encoding.UTF8.GetBytes($",{epoch.ToString(CultureInfo.InvariantCulture)},{ChangeNames.Of(change.Kind)}", output);
        output.Write("\n"u8);
    }

    private static void Append(IBufferWriter<byte> output, int column, string field)
    {
        if (column > 0) output.Write(","u8);
        if (field.Length > 0 && field[0] != ' ' && field[^1] != ' ' && field.AsSpan().IndexOfAny(",\"\r\n") < 0)
        {
            Encoding.UTF8.GetBytes(field, output);
            return;
        }
        output.Write("\""u8);
        Encoding.UTF8.GetBytes(field.Replace("\"", "\"\"", StringComparison.Ordinal), output);
        output.Write("\""u8);
    }
}
