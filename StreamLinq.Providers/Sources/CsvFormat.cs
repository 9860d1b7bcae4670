// CSV. The records are cut by RecordSplitter, which keeps offsets exact; here they are cut into fields and made into rows.
// CsvHelper 34 maps only types that carry its attributes and went through its generator, and a row may be any record, so the mapping is CsvRow's.
using System.Globalization;
using System.Text;

namespace StreamLinq.Sources;

internal sealed class CsvFormat<T>(CsvOptions options) : RecordFormat<T>
{
    private readonly CsvRow<T> _row = CsvRow<T>.Instance;

    internal override string Word => "CSV";

    internal override byte? Quote => (byte)'"';

    internal override byte Delimiter => (byte)options.Delimiter;

    internal override bool HasHeader => options.HasHeader;

    internal override RecordParser<T> Open(string origin) => new Parser(_row, origin, options);

    private sealed class Parser(CsvRow<T> rows, string origin, CsvOptions options) : RecordParser<T>
    {
        private readonly CsvFields _fields = new(options.Culture ?? CultureInfo.InvariantCulture, rows.InOrder());
        private int _count = rows.Members.Count;

        internal override void ReadHeader(ReadOnlySpan<byte> record)
        {
            var names = new List<string>();
            if (!CsvFields.TryCut(Encoding.UTF8.GetString(record), options.Delimiter, names, out var reason)) throw SourceErrors.Header(origin, reason);
            var columns = new int[rows.Members.Count];
            for (var i = 0; i < columns.Length; i++)
            {
                columns[i] = names.FindIndex(n => n.AsSpan().Trim().Equals(rows.Members[i].Name, StringComparison.OrdinalIgnoreCase));
                if (columns[i] < 0 && rows.Members[i].IsNeeded)
                    throw SourceErrors.Header(origin, $"there is no column '{rows.Members[i].Name}' for {typeof(T).Name}; the header is {RejectedLine.Escape(record)}");
            }

            _count = names.Count;
            _fields.Columns = columns;
        }

        internal override Parsed TryParse(ReadOnlySpan<byte> record, long line, DateTimeOffset readAt, out T row, out string reason)
        {
            row = default!;
            reason = "";
            if (record.IsEmpty) return Parsed.Blank;
            if (!CsvFields.TryCut(Encoding.UTF8.GetString(record), options.Delimiter, _fields.Texts, out reason)) return Parsed.Bad;
            if (_fields.Texts.Count != _count)
            {
                reason = $"the line has {_fields.Texts.Count} fields instead of {_count}";
                return Parsed.Bad;
            }

            try
            {
                row = rows.Make(_fields);
                return Parsed.Row;
            }
            catch (CsvFieldException e)
            {
                reason = e.Message;
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                // A constructor or setter of the row's type refused the values: this line is no row.
                reason = "the line is not a " + typeof(T).Name + ": " + ShortReason.Of(e);
            }

            return Parsed.Bad;
        }
    }
}

/// <summary>The fields of one record, and which of them belongs to which member.</summary>
internal sealed class CsvFields(CultureInfo culture, int[] columns)
{
    internal List<string> Texts { get; } = [];

    internal int[] Columns { get; set; } = columns;

    /// <summary>The value of a member; <paramref name="fallback"/> if there is no column for it.</summary>
    public TValue Read<TValue>(int member, string name, TValue fallback)
    {
        if (Columns[member] < 0) return fallback;
        var text = Texts[Columns[member]];
        try
        {
            return CsvValue<TValue>.Parse(text, culture);
        }
        catch (Exception e) when (e is FormatException or OverflowException or ArgumentException)
        {
            throw new CsvFieldException($"{RejectedLine.Escape(Encoding.UTF8.GetBytes(text))} is no {(Nullable.GetUnderlyingType(typeof(TValue)) ?? typeof(TValue)).Name} for {name}", e);
        }
    }

    /// <summary>Cuts a record into fields; false if its quotes are not those of RFC 4180.</summary>
    internal static bool TryCut(string record, char delimiter, List<string> fields, out string reason)
    {
        reason = "";
        fields.Clear();
        var rest = record.AsSpan();
        while (true)
        {
            if (rest is ['"', ..])
            {
                if (!TryQuoted(ref rest, out var field))
                {
                    reason = "a quote is not closed";
                    return false;
                }

                fields.Add(field);
                if (rest.IsEmpty) return true;
                if (rest[0] != delimiter)
                {
                    reason = "there is text after a closing quote";
                    return false;
                }

                rest = rest[1..];
            }
            else
            {
                var end = rest.IndexOf(delimiter);
                var field = end < 0 ? rest : rest[..end];
                if (field.Contains('"'))
                {
                    reason = "there is a quote within a field that is not quoted";
                    return false;
                }

                fields.Add(field.ToString());
                if (end < 0) return true;
                rest = rest[(end + 1)..];
            }
        }
    }

    internal static int[] InOrder(int count) => [.. Enumerable.Range(0, count)];

    private static bool TryQuoted(ref ReadOnlySpan<char> rest, out string field)
    {
        var text = new StringBuilder();
        rest = rest[1..];
        while (true)
        {
            var quote = rest.IndexOf('"');
            if (quote < 0)
            {
                field = "";
                return false;
            }

            text.Append(rest[..quote]);
            rest = rest[(quote + 1)..];
            if (rest is not ['"', ..])
            {
                field = text.ToString();
                return true;
            }

            text.Append('"');
            rest = rest[1..];
        }
    }
}

internal sealed class CsvFieldException(string message, Exception inner) : Exception(message, inner);
