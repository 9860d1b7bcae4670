// How a value of one schema becomes one of another, if the old one determines the new: the same, a wider number, a nullable of it, a record with members dropped or with nullable ones added.
// Members are found by name. What would have to be guessed is not converted.
using System.Globalization;
using System.Numerics;

namespace StreamLinq.Embedded;

/// <summary>A conversion.</summary>
/// <param name="IsSame">Whether values and bytes stay as they are.</param>
/// <param name="IsComplete">Whether all of the new value comes from the old one; false: a member that cannot be null begins with its default.</param>
/// <param name="Convert">Converts a value.</param>
/// <param name="Text">What changes, for people; empty if nothing does.</param>
internal sealed record SchemaConversion(bool IsSame, bool IsComplete, Func<object?, object?> Convert, string Text)
{
    private static readonly string[] Signed = ["int8", "int16", "int32", "int64", "int128", "integer"];
    private static readonly string[] Unsigned = ["uint8", "uint16", "uint32", "uint64", "uint128"];
    private static readonly string[] Floating = ["half", "float", "double"];
    private static readonly SchemaConversion Same = new(true, true, static v => v, "");

    /// <summary>The conversion, or null if the old value does not determine the new one.</summary>
    internal static SchemaConversion? Between(SchemaNode from, SchemaNode to)
    {
        if (from.ToString() == to.ToString()) return Same;
        return (from.Kind, to.Kind) switch
        {
            (SchemaKind.Leaf, SchemaKind.Leaf) => Widen(from.Leaf, to.Leaf),
            (SchemaKind.Optional, SchemaKind.Optional) => Between(from.Inner!, to.Inner!) is { } inner ? inner with { Convert = v => v is null ? null : inner.Convert(v) } : null,
            (SchemaKind.Leaf, SchemaKind.Optional) => Between(from, to.Inner!) is { } inner ? inner with { IsSame = false, Text = $"{from} to {to}" } : null,
            (SchemaKind.List, SchemaKind.List) => Between(from.Inner!, to.Inner!) is { } item ? item with { Convert = v => (v as object?[])?.Select(item.Convert).ToArray() } : null,
            (SchemaKind.Struct, SchemaKind.Struct) => Members(from, to),
            (SchemaKind.Tuple, SchemaKind.Tuple) when from.Members.Count == to.Members.Count => Members(from, to),
            _ => null,
        };
    }

    // Types that refer to themselves are taken as they are or not at all.
    private static SchemaConversion? Members(SchemaNode from, SchemaNode to)
    {
        if (from.IsNullable && !to.IsNullable) return null;
        var sources = new (int From, Func<object?, object?> Convert)[to.Members.Count];
        var texts = new List<string>();
        var isComplete = true;
        for (var i = 0; i < sources.Length; i++)
        {
            var member = to.Members[i];
            var at = to.Kind == SchemaKind.Tuple ? i : from.Names.ToList().IndexOf(to.Names[i]);
            if (at < 0)
            {
                var start = SchemaValues.Default(member);
                sources[i] = (-1, _ => start);
                isComplete &= member.CanBeNull;
                texts.Add($"member {to.Names[i]} added, {(member.CanBeNull ? "null" : "with its default")} in what is stored");
                continue;
            }

            if (from.Members[at].Kind == SchemaKind.Around || member.Kind == SchemaKind.Around)
            {
                return null;
            }

            if (Between(from.Members[at], member) is not { } conversion) return null;
            sources[i] = (at, conversion.Convert);
            isComplete &= conversion.IsComplete;
            if (conversion.Text.Length > 0) texts.Add(to.Kind == SchemaKind.Tuple ? conversion.Text : $"member {to.Names[i]}: {conversion.Text}");
        }

        if (to.Kind == SchemaKind.Struct) texts.AddRange(from.Names.Except(to.Names).Select(n => $"member {n} dropped"));
        return new SchemaConversion(false, isComplete, Convert, string.Join(", ", texts));

        object? Convert(object? value) => value is object?[] old ? sources.Select(s => s.Convert(s.From < 0 ? null : old[s.From])).ToArray() : null;
    }

    private static SchemaConversion? Widen(string from, string to)
    {
        var isWider = Wider(Signed, from, to) || Wider(Unsigned, from, to) || Wider(Floating, from, to)
            || (Array.IndexOf(Unsigned, from) is var u and >= 0 && Array.IndexOf(Signed, to) > u)
            || (to == "decimal" && from is "int8" or "int16" or "int32" or "int64" or "uint8" or "uint16" or "uint32" or "uint64")
            || (to == "double" && from is "int8" or "int16" or "int32" or "uint8" or "uint16" or "uint32");
        return isWider ? new SchemaConversion(false, true, value => Number(value!, to), $"{from} to {to}") : null;
    }

    private static bool Wider(string[] kinds, string from, string to) => Array.IndexOf(kinds, from) is var f and >= 0 && Array.IndexOf(kinds, to) > f;

    private static object Number(object value, string to)
    {
        if (to is "float" or "double" or "decimal")
        {
            var number = value is Half half ? (float)half : value;
            return to switch
            {
                "float" => System.Convert.ToSingle(number, CultureInfo.InvariantCulture),
                "double" => System.Convert.ToDouble(number, CultureInfo.InvariantCulture),
                _ => System.Convert.ToDecimal(number, CultureInfo.InvariantCulture),
            };
        }

        var integer = value switch
        {
            Int128 wide => (BigInteger)wide,
            UInt128 wide => (BigInteger)wide,
            ulong wide => wide,
            _ => System.Convert.ToInt64(value, CultureInfo.InvariantCulture),
        };
        return to switch
        {
            "int16" => (object)(short)integer,
            "int32" => (int)integer,
            "int64" => (long)integer,
            "int128" => (Int128)integer,
            "integer" => integer,
            "uint16" => (ushort)integer,
            "uint32" => (uint)integer,
            "uint64" => (ulong)integer,
            _ => (UInt128)integer,
        };
    }
}
