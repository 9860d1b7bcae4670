// The layout of a type's bytes as text, kept with each state stream, so that it can be read and converted later without the type.
//
//   v1 {Word:string,Count:int64}?     a class of these members, may be null; without ? a struct; names of types are not in it
//   v1 (int64,double?)                a tuple; Nullable<T> is T and ?
//   v1 [string]                       a list or array; lists, strings, bytes and JSON may always be null
//   v1 key {Id:int64,At:instant}?     the layout of keys
//   v1 {Name:string,Next:^1}?         ^1 is the type around the member, ^2 the one around that: a type that refers to itself
using System.Text;

namespace StreamLinq.Embedded;

internal static class Schema
{
    public const string Version = "v1";

    // Walks all types inside, so it is also where a type that cannot be stored is refused (SLQ2052).
    public static string Of(Type type, bool key)
    {
        var text = new StringBuilder(Version).Append(key ? " key " : " ");
        Append(text, type, type, []);
        return text.ToString();
    }

    private static void Append(StringBuilder text, Type type, Type root, List<Type> around)
    {
        switch (Shape.Of(type))
        {
            case Shape.Leaf leaf:
                text.Append(leaf.Kind);
                break;
            case Shape.Optional optional:
                Append(text, optional.Inner, root, around);
                text.Append('?');
                break;
            case Shape.Number number:
                Append(text, number.Underlying, root, around);
                break;
            case Shape.Sequence sequence:
                text.Append('[');
                Append(text, sequence.Element, root, around);
                text.Append(']');
                break;
            case Shape.Json:
                text.Append("json");
                break;
            case Shape.Composite composite:
                AppendComposite(text, composite, root, around);
                break;
            case Shape.Refused refused:
                throw CodecErrors.NotStorable(root, root == type ? refused.Why : $"of {CodecErrors.Name(type)} in it, {refused.Why}");
        }
    }

    private static void AppendComposite(StringBuilder text, Shape.Composite composite, Type root, List<Type> around)
    {
        var place = around.LastIndexOf(composite.Type);
        if (place >= 0)
        {
            text.Append('^').Append(around.Count - place);
            return;
        }

        if (around.Count >= CodecErrors.MaxDepth) throw CodecErrors.NotStorable(root, "its members' types never end");
        around.Add(composite.Type);
        var tuple = Shape.IsTuple(composite.Type);
        text.Append(tuple ? '(' : '{');
        for (var i = 0; i < composite.Parts.Count; i++)
        {
            if (i > 0) text.Append(',');
            if (!tuple) AppendName(text, composite.Parts[i].Name).Append(':');
            Append(text, composite.Parts[i].Type, root, around);
        }

        text.Append(tuple ? ')' : '}');
        if (!composite.Type.IsValueType) text.Append('?');
        around.RemoveAt(around.Count - 1);
    }

    private static StringBuilder AppendName(StringBuilder text, string name)
    {
        foreach (var c in name)
        {
            if (!char.IsLetterOrDigit(c) && c != '_') text.Append('\\');
            text.Append(c);
        }

        return text;
    }
}
