// The entries of a table as fields with names: bytes become a row of values and a row of values bytes, by the stored schema alone.
namespace StreamLinq.Embedded;

/// <summary>A field of an entry.</summary>
/// <param name="Name">Its name, for people; empty: it holds nothing.</param>
/// <param name="Id">What it is, for comparing.</param>
/// <param name="Node">Its schema.</param>
/// <param name="IsKey">Whether it is part of the key.</param>
/// <param name="Path">Where it lies: the part of the side, then member by member.</param>
/// <param name="IsFrame">Whether the engine needs it; such a field cannot begin with a default.</param>
internal sealed record EntryField(string Name, string Id, SchemaNode Node, bool IsKey, int[] Path, bool IsFrame)
{
    public AddedDefault? Added { get; init; }

    /// <summary>Whether it is a time of the engine's, in ticks of UTC.</summary>
    internal bool IsTime => IsFrame && Name is "window.end" or "window.start" or "session.start" or "session.end" or "until" or "time" or "written" or "event time" or "clock";
}

/// <summary>The fields of a table. Not for several threads.</summary>
internal sealed class EntryFields
{
    private const string CodecVersion = Schema.Version + " ";
    private const string KeyMark = "key ";
    private const int TupleWidth = 7;

    private readonly List<EntryField> _fields = [];
    private readonly List<Part> _keyParts;
    private readonly List<Part> _valueParts;
    private readonly ByteReader _reader = new();

    private EntryFields(string schema)
    {
        var arrow = schema.IndexOf(" -> ", StringComparison.Ordinal);
        if (arrow < 0) throw new FormatException("a schema has no arrow between key and value");
        _keyParts = Split(schema[..arrow]);
        _valueParts = Split(schema[(arrow + 4)..]);
    }

    internal IReadOnlyList<EntryField> Fields => _fields;

    /// <summary>The fields of a table. Throws <see cref="FormatException"/> if its description does not hold together.</summary>
    internal static EntryFields Of(StoredOperator table)
    {
        var entry = new EntryFields(table.Schema);
        entry.Name(table);
        return entry;
    }

    // Parts are codecs' schemas, or words for numbers of eight bytes; names in schemas have their commas escaped, so ", " stands between parts only.
    private static List<Part> Split(string side)
    {
        var parts = new List<Part>();
        foreach (var text in side.Length == 0 ? [] : side.Split(", "))
        {
            if (!text.StartsWith(CodecVersion, StringComparison.Ordinal))
            {
                parts.Add(new Part(text, null, false));
                continue;
            }

            var rest = text[CodecVersion.Length..];
            var isKey = rest.StartsWith(KeyMark, StringComparison.Ordinal);
            parts.Add(new Part("", SchemaNode.Parse(isKey ? rest[KeyMark.Length..] : rest), isKey));
        }

        return parts;
    }

    private void Name(StoredOperator table)
    {
        switch (table.Kind)
        {
            case StateKind.Group:
                Key([0], Node(_keyParts, 0), table.Key);
                Values([0], Node(_valueParts, 0), table.Values);
                break;
            case StateKind.Window:
                var window = Tuple(Node(_keyParts, 0), 3);
                Frame("window.end", true, [0, 0], window[0]);
                Frame("window.start", true, [0, 1], window[1]);
                Key([0, 2], window[2], table.Key);
                var pane = Tuple(Node(_valueParts, 0), 2);
                Values([0, 0], pane[0], table.Values);
                Frame("sequence", false, [0, 1], pane[1]);
                break;
            case StateKind.WindowPart:
                var part = Tuple(Node(_keyParts, 0), 4);
                Frame("window.end", true, [0, 0], part[0]);
                Frame("window.start", true, [0, 1], part[1]);
                Frame("part", true, [0, 2], part[2]);
                Key([0, 3], part[3], table.Key);
                Values([0], Node(_valueParts, 0), table.Values);
                break;
            case StateKind.Session:
                var session = Tuple(Node(_keyParts, 0), 3);
                Key([0, 0], session[0], table.Key);
                Frame("session.start", true, [0, 1], session[1]);
                Frame("session.end", true, [0, 2], session[2]);
                Values([0], Node(_valueParts, 0), table.Values);
                break;
            case StateKind.Pairs:
                var pair = Tuple(Node(_keyParts, 0), 2);
                Key([0, 0], pair[0], table.Key);
                Frame("value", true, [0, 1], pair[1]);
                Frame("count", false, [0], Node(_valueParts, 0));
                break;
            case StateKind.Distinct:
                Key([0], Node(_keyParts, 0), table.Key);
                if (_valueParts.Count > 0) Frame("until", false, [0], Node(_valueParts, 0));
                break;
            case StateKind.Cells:
                Key([0], Node(_keyParts, 0), table.Key);
                Rest(_keyParts, 1, true, "entry");
                Rest(_valueParts, 0, false, "value");
                break;
            case StateKind.Watermark:
                Frame("partition", true, [0], Node(_keyParts, 0));
                Frame("time", false, [0], Node(_valueParts, 0));
                break;
            default:
                Rest(_keyParts, 0, true, "key");
                Rest(_valueParts, 0, false, "value");
                break;
        }
    }

    private void Rest(List<Part> parts, int from, bool isKey, string name)
    {
        for (var i = from; i < parts.Count; i++)
        {
            if (parts[i].Node is { } node) Frame(name, isKey, [i], node);
            else Frame(parts[i].Word, isKey, [i], SchemaNode.Parse("int64"));
        }
    }

    private void Frame(string name, bool isKey, int[] path, SchemaNode node) => _fields.Add(new EntryField(name, (isKey ? "key " : "value ") + name, node, isKey, path, true));

    private void Key(int[] path, SchemaNode node, IReadOnlyList<StoredField> key) =>
        Flat(path, node, [.. key.SelectMany(k => k.Fields.Select(f => new EntryField(f.Name, "key: " + f.Id, node, true, path, false) { Added = k.Added }))], true);

    private void Values(int[] path, SchemaNode node, IReadOnlyList<StoredField> values) =>
        Flat(path, node, [.. values.SelectMany(v => v.Fields.Select(f => new EntryField(f.Name, "value: " + f.Id, node, false, path, v.Text.Length == 0)))], false);

    // As TupleLayout lays values out: none as a byte, one as itself, more as a tuple, nested beyond seven.
    private void Flat(int[] path, SchemaNode node, EntryField[] fields, bool isKey)
    {
        if (fields.Length == 0) _fields.Add(new EntryField("", isKey ? "no key" : "no value", node, isKey, path, false));
        else if (fields.Length == 1) _fields.Add(fields[0] with { Node = node, Path = path });
        else Members(path, node, fields);
    }

    private void Members(int[] path, SchemaNode node, ReadOnlySpan<EntryField> fields)
    {
        var members = Tuple(node, Math.Min(fields.Length, TupleWidth + 1));
        for (var i = 0; i < Math.Min(fields.Length, TupleWidth); i++) _fields.Add(fields[i] with { Node = members[i], Path = [.. path, i] });
        if (fields.Length > TupleWidth) Members([.. path, TupleWidth], members[TupleWidth], fields[TupleWidth..]);
    }

    private static IReadOnlyList<SchemaNode> Tuple(SchemaNode node, int count) =>
        node.Kind == SchemaKind.Tuple && node.Members.Count == count ? node.Members : throw new FormatException($"the schema {node} does not have the {count} fields that are named");

    private static SchemaNode Node(List<Part> parts, int index) =>
        index < parts.Count && parts[index].Node is { } node ? node : throw new FormatException("a schema has fewer parts than its kind of state");

    /// <summary>The values of an entry, field by field. Throws SLQ2050 for bytes that do not fit.</summary>
    internal object?[] Read(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        var keys = Read(_keyParts, key);
        var values = Read(_valueParts, value);
        return [.. _fields.Select(f => f.Path.Aggregate((object?)(f.IsKey ? keys : values), static (at, i) => ((object?[])at!)[i]))];
    }

    private object?[] Read(List<Part> parts, ReadOnlySpan<byte> bytes)
    {
        _reader.Load(bytes);
        var read = new object?[parts.Count];
        for (var i = 0; i < read.Length; i++) read[i] = parts[i].Node is { } node ? SchemaValues.Read(node, parts[i].IsKey, _reader) : _reader.ReadInt64();
        if (!_reader.AtEnd) CodecErrors.ThrowDamaged($"{_reader.Remaining} bytes are left over");
        return read;
    }

    /// <summary>Writes values, field by field, as the bytes of an entry; returns the length of the key.</summary>
    internal int Write(object?[] row, ByteWriter writer)
    {
        writer.Clear();
        Write(_keyParts, true, row, writer);
        var length = writer.Length;
        Write(_valueParts, false, row, writer);
        return length;
    }

    private void Write(List<Part> parts, bool isKey, object?[] row, ByteWriter writer)
    {
        var side = new object?[parts.Count];
        for (var i = 0; i < parts.Count; i++) side[i] = parts[i].Node is { } node ? SchemaValues.Default(node) : 0L;
        for (var f = 0; f < row.Length; f++)
        {
            if (_fields[f].IsKey != isKey) continue;
            var at = side;
            foreach (var i in _fields[f].Path.AsSpan(0, _fields[f].Path.Length - 1)) at = (object?[])at[i]!;
            at[_fields[f].Path[^1]] = row[f];
        }

        for (var i = 0; i < parts.Count; i++)
        {
            if (parts[i].Node is { } node) SchemaValues.Write(node, parts[i].IsKey, writer, side[i]);
            else writer.WriteInt64((long)side[i]!);
        }
    }

    private sealed record Part(string Word, SchemaNode? Node, bool IsKey);
}
