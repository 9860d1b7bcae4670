// Compares the stored form of one table with the one at hand, field by field, and says how the one becomes the other.
namespace StreamLinq.Embedded;

internal sealed class TableComparison
{
    private TableComparison(EntryConversion? conversion, StateChangeKind kind, IReadOnlyList<string> reasons)
    {
        Conversion = conversion;
        Kind = kind;
        Reasons = reasons;
    }

    /// <summary>How entries are rewritten; null: they stay as they are, or are of no use.</summary>
    internal EntryConversion? Conversion { get; }

    internal StateChangeKind Kind { get; }

    internal IReadOnlyList<string> Reasons { get; }

    /// <summary>Compares. Throws <see cref="FormatException"/> if what is stored does not hold together.</summary>
    internal static TableComparison Of(StoredOperator stored, StoredOperator now, IReadOnlyDictionary<string, string> storedRows)
    {
        var from = EntryFields.Of(stored);
        var to = EntryFields.Of(now);
        var kind = StateChangeKind.Kept;
        var reasons = new List<string>();
        var fields = new List<(int From, Func<object?, object?> Convert)>();
        var used = new HashSet<int>();
        var isSame = from.Fields.Count == to.Fields.Count && stored.Schema == now.Schema;
        foreach (var field in to.Fields)
        {
            var at = -1;
            for (var i = 0; i < from.Fields.Count && at < 0; i++)
                if (!used.Contains(i) && from.Fields[i].Id == field.Id) at = i;
            isSame &= at == fields.Count;
            if (at < 0)
            {
                Missing(field);
                continue;
            }

            used.Add(at);
            var conversion = SchemaConversion.Between(from.Fields[at].Node, field.Node);
            if (conversion is null)
            {
                Raise(StateChangeKind.Reset, $"{What(field)} was {from.Fields[at].Node} and is {field.Node}");
                fields.Add((-1, static v => v));
                continue;
            }

            // What the engine keeps of its own is not converted: its bytes are part of how it works.
            if (!conversion.IsSame) Raise(conversion.IsComplete ? StateChangeKind.Converted : StateChangeKind.Partial, $"{What(field)}: {conversion.Text}");
            fields.Add((at, conversion.Convert));
        }

        for (var i = 0; i < from.Fields.Count; i++)
            if (!used.Contains(i)) Gone(from.Fields[i]);

        if (!isSame && kind == StateChangeKind.Kept) Raise(StateChangeKind.Converted, "its fields are in another order");
        return new TableComparison(isSame || kind == StateChangeKind.Reset ? null : new EntryConversion(from, to, fields), kind, [.. reasons.Distinct()]);

        void Missing(EntryField field)
        {
            var start = SchemaValues.Default(field.Node);
            fields.Add((-1, _ => start));
            if (field.Name.Length == 0) return;
            if (field.IsKey && field.Added is { } added && IsNew(added, storedRows) && SchemaValues.Fits(field.Node, added.Value))
            {
                fields[^1] = (-1, _ => added.Value);
                Raise(StateChangeKind.Converted, $"{What(field)} is new, and {Text(added.Value)} in the groups there are: rows had no {added.Member}");
            }
            else if (field.IsKey || field.IsFrame || now.ReadsTable) Raise(StateChangeKind.Reset, $"{What(field)} is new");
            else Raise(StateChangeKind.Partial, $"{What(field)} is new");
        }

        void Gone(EntryField field)
        {
            if (field.Name.Length == 0) return;
            if (field.IsKey) Raise(StateChangeKind.Reset, $"{What(field)} is no longer part of it");
            else Raise(StateChangeKind.Converted, $"{What(field)} is dropped");
        }

        void Raise(StateChangeKind to, string reason)
        {
            if (to > kind) kind = to;
            reasons.Add(reason);
        }
    }

    // Rows that were not written down may have had every member: nothing is concluded of them.
    private static bool IsNew(AddedDefault added, IReadOnlyDictionary<string, string> storedRows)
    {
        var rows = added.Sources.Where(storedRows.ContainsKey).Select(s => storedRows[s]).ToList();
        return rows.Count > 0 && !rows.Any(r => HasMember(r, added.Member));
    }

    private static bool HasMember(string row, string member)
    {
        var schema = SchemaNode.Parse(row);
        return schema.Kind != SchemaKind.Struct || schema.Names.Contains(member, StringComparer.Ordinal);
    }

    private static string What(EntryField field) => field.Id switch
    {
        _ when field.IsFrame => field.Name,
        ['k', 'e', 'y', ':', ' ', .. var text] => $"key {text}",
        ['v', 'a', 'l', 'u', 'e', ':', ' ', .. var text] => text,
        var id => id,
    };

    private static string Text(object? value) => value switch
    {
        null => "null",
        string text => $"\"{text}\"",
        var other => Convert.ToString(other, System.Globalization.CultureInfo.InvariantCulture)!,
    };
}
