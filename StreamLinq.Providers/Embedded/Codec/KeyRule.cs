// Which types may be keys: those whose equality is the equality of their parts. Arrays, lists and classes compare by reference, so two equal-looking
// keys would be two groups in LINQ to objects and one here; a record with an Equals of its own would be the reverse.
using System.Reflection;
using System.Runtime.CompilerServices;

namespace StreamLinq.Embedded;

internal static class KeyRule
{
    // Null if the type can be a key.
    public static string? Objection(Type type) => Objection(type, "the key", []);

    private static string? Objection(Type type, string subject, List<Type> around)
    {
        if (type.IsArray) return $"{subject} is an array";
        switch (Shape.Of(type))
        {
            case Shape.Leaf or Shape.Number:
                return null;
            case Shape.Optional optional:
                return Objection(optional.Inner, subject, around);
            case Shape.Sequence:
                return $"{subject} is a list";
            case Shape.Composite composite:
                return Composite(composite, subject, around);
            case Shape.Refused refused when type != typeof(object):
                return $"{subject} is {CodecErrors.Name(type)}: {refused.Why}";
            default:
                var kind = type.IsInterface ? "interface" : type.IsAbstract ? "abstract class" : type.IsValueType ? "struct" : "class";
                return $"{subject} is the {kind} {CodecErrors.Name(type)}, which is not compared by its members";
        }
    }

    private static string? Composite(Shape.Composite composite, string subject, List<Type> around)
    {
        var type = composite.Type;
        if (around.Contains(type)) return null;
        if (around.Count >= CodecErrors.MaxDepth) return "its members' types never end";
        if (!type.IsValueType && !Shape.IsTuple(type) && !Shape.IsAnonymous(type))
        {
            if (!Shape.IsRecord(type)) return $"{subject} is the class {CodecErrors.Name(type)}, which is not a record and not compared by its members";
            var equals = type.GetMethod("Equals", BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly, [type]);
            if (equals is not null && !equals.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false)) return $"{subject} is the record {CodecErrors.Name(type)}, which has an Equals of its own";
        }

        // The equality of records and structs takes such a field in, and it is gone after a restart.
        if (Members.LeftOut(type).FirstOrDefault() is { } field) return $"{subject} is {CodecErrors.Name(type)}, whose field {field.Name} is compared and, being [NonSerialized], not kept";

        around.Add(type);
        var path = subject.StartsWith("key member ", StringComparison.Ordinal) ? subject + "." : "key member ";
        foreach (var part in composite.Parts)
        {
            if (Objection(part.Type, path + part.Name, around) is { } why) return why;
        }

        around.RemoveAt(around.Count - 1);
        return null;
    }
}
