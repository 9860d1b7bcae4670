// A schema text as a tree, so that bytes can be read by what was stored with them and not by a type. The text comes from a file: its length, depth and number of nodes are bounded,
// and nothing in it is ever taken for the name of a type.
using System.Text;

namespace StreamLinq.Embedded;

internal enum SchemaKind
{
    Leaf,
    Optional,
    List,
    Struct,
    Tuple,
    Json,
    Around,
}

/// <summary>A part of a schema.</summary>
internal sealed class SchemaNode
{
    private const int MaxLength = 1 << 20;
    private const int MaxNodes = 1 << 14;

    private SchemaNode(SchemaKind kind) => Kind = kind;

    internal SchemaKind Kind { get; private set; }

    /// <summary>The kind of a leaf: int64, string and so on.</summary>
    internal string Leaf { get; private init; } = "";

    /// <summary>What an optional or a list is of.</summary>
    internal SchemaNode? Inner { get; private init; }

    /// <summary>The members of a struct or tuple.</summary>
    internal IReadOnlyList<SchemaNode> Members { get; private set; } = [];

    /// <summary>Their names; of a tuple none.</summary>
    internal IReadOnlyList<string> Names { get; private set; } = [];

    /// <summary>Whether a struct or tuple may be null; it is a class then.</summary>
    internal bool IsNullable { get; private set; }

    /// <summary>The composite that a node refers back to.</summary>
    internal SchemaNode? Target { get; private init; }

    internal SchemaNode Resolved => Kind == SchemaKind.Around ? Target! : this;

    /// <summary>Whether the bytes can say null.</summary>
    internal bool CanBeNull => Kind switch
    {
        SchemaKind.Leaf => Leaf is "string" or "bytes",
        SchemaKind.Struct or SchemaKind.Tuple => IsNullable,
        SchemaKind.Around => Target!.IsNullable,
        _ => true,
    };

    /// <summary>Parses what stands behind "v1 " or "v1 key ". Throws <see cref="FormatException"/> for any text that is no schema.</summary>
    internal static SchemaNode Parse(string text)
    {
        if (text.Length > MaxLength) throw new FormatException($"a schema of {text.Length} characters is longer than {MaxLength}");
        var parser = new Parser(text);
        var node = parser.Node();
        parser.RequireEnd();
        return node;
    }

    public override string ToString()
    {
        var text = new StringBuilder();
        Append(text, []);
        return text.ToString();
    }

    private void Append(StringBuilder text, List<SchemaNode> around)
    {
        switch (Kind)
        {
            case SchemaKind.Leaf: text.Append(Leaf); break;
            case SchemaKind.Json: text.Append("json"); break;
            case SchemaKind.Around: text.Append('^').Append(around.Count - around.LastIndexOf(Target!)); break;
            case SchemaKind.Optional:
                Inner!.Append(text, around);
                text.Append('?');
                break;
            case SchemaKind.List:
                text.Append('[');
                Inner!.Append(text, around);
                text.Append(']');
                break;
            default:
                around.Add(this);
                text.Append(Kind == SchemaKind.Tuple ? '(' : '{');
                for (var i = 0; i < Members.Count; i++)
                {
                    if (i > 0) text.Append(',');
                    if (Kind == SchemaKind.Struct) text.Append(Names[i]).Append(':');
                    Members[i].Append(text, around);
                }

                text.Append(Kind == SchemaKind.Tuple ? ')' : '}');
                if (IsNullable) text.Append('?');
                around.RemoveAt(around.Count - 1);
                break;
        }
    }

    private sealed class Parser(string text)
    {
        private readonly List<SchemaNode> _around = [];
        private int _at;
        private int _nodes;
        private int _depth;

        internal SchemaNode Node()
        {
            if (++_nodes > MaxNodes) throw new FormatException($"a schema has more than {MaxNodes} parts");
            if (++_depth > 2 * CodecErrors.MaxDepth) throw new FormatException($"a schema is nested more than {2 * CodecErrors.MaxDepth} levels deep");
            var node = Peek() switch
            {
                '{' => Composite(SchemaKind.Struct, '}'),
                '(' => Composite(SchemaKind.Tuple, ')'),
                '[' => List(),
                '^' => Around(),
                _ => Word(),
            };
            // A class has its question mark already; a second one is no schema.
            if (Peek() == '?' && !node.IsNullable)
            {
                _at++;
                node = new SchemaNode(SchemaKind.Optional) { Inner = node };
            }

            _depth--;
            return node;
        }

        internal void RequireEnd()
        {
            if (_at < text.Length) throw Unexpected();
        }

        // Whether {…}? is a class or a nullable struct makes no difference to its bytes: a flag, then the members.
        private SchemaNode Composite(SchemaKind kind, char end)
        {
            _at++;
            var node = new SchemaNode(kind);
            var members = new List<SchemaNode>();
            var names = new List<string>();
            _around.Add(node);
            while (Peek() != end)
            {
                if (members.Count > 0) Take(',');
                if (kind == SchemaKind.Struct)
                {
                    names.Add(Name());
                    Take(':');
                }

                members.Add(Node());
            }

            _at++;
            _around.RemoveAt(_around.Count - 1);
            node.Members = members;
            node.Names = names;
            if (Peek() == '?')
            {
                _at++;
                node.IsNullable = true;
            }

            return node;
        }

        private SchemaNode List()
        {
            _at++;
            var inner = Node();
            Take(']');
            return new SchemaNode(SchemaKind.List) { Inner = inner };
        }

        private SchemaNode Around()
        {
            _at++;
            var from = _at;
            while (char.IsAsciiDigit(Peek())) _at++;
            if (_at == from || _at - from > 3 || int.Parse(text.AsSpan(from, _at - from), System.Globalization.CultureInfo.InvariantCulture) is var up && (up < 1 || up > _around.Count)) throw Unexpected();
            return new SchemaNode(SchemaKind.Around) { Target = _around[^up] };
        }

        private SchemaNode Word()
        {
            var from = _at;
            while (char.IsAsciiLetterOrDigit(Peek())) _at++;
            var word = text[from.._at];
            if (word == "json") return new SchemaNode(SchemaKind.Json);
            return SchemaValues.IsLeaf(word) ? new SchemaNode(SchemaKind.Leaf) { Leaf = word } : throw new FormatException($"'{Short(word)}' at {from} is no kind of value");
        }

        private string Name()
        {
            var name = new StringBuilder();
            while (_at < text.Length && (char.IsLetterOrDigit(text[_at]) || text[_at] is '_' or '\\'))
            {
                if (text[_at] == '\\' && ++_at == text.Length) throw Unexpected();
                name.Append(text[_at++]);
            }

            return name.Length > 0 ? name.ToString() : throw Unexpected();
        }

        private char Peek() => _at < text.Length ? text[_at] : '\0';

        private void Take(char expected)
        {
            if (Peek() != expected) throw Unexpected();
            _at++;
        }

        private FormatException Unexpected() => new($"a schema cannot go on like this at character {_at}: '{Short(text[Math.Min(_at, text.Length)..])}'");

        private static string Short(string text) => text.Length <= 20 ? text : text[..20] + "…";
    }
}
