// The errors of the codec, in one place, so that every reader and writer throws the same code with the same words.
using System.Diagnostics.CodeAnalysis;

namespace StreamLinq.Embedded;

internal static class CodecErrors
{
    // How deep a value may refer to values of its own type; a deeper one is taken for a cycle when written and for damage when read.
    public const int MaxDepth = 64;

    public static StreamLinqException Damaged(string what, Exception? inner = null) =>
        new("SLQ2050", $"a state record is damaged: {what}; restore the checkpoint from a copy, or start the query from its sources with a new checkpoint location", inner);

    [DoesNotReturn]
    public static void ThrowDamaged(string what) => throw Damaged(what);

    public static StreamLinqException TooDeep(Type type) =>
        new("SLQ2051", $"a value of {Name(type)} refers to values of its own type more than {MaxDepth} levels deep, or to itself; keep a flat row in state and refer to others by key");

    public static StreamLinqException Derived(Type declared, Type actual) =>
        new("SLQ2051", $"a value declared as {Name(declared)} is a {Name(actual)} at run time, and would come back as {Name(declared)}; "
            + $"project it to {Name(declared)} itself or to one row type that has all members, or seal {Name(declared)}");

    public static StreamLinqException NotStorable(Type type, string why) =>
        new("SLQ2052", $"{Name(type)} cannot be kept in state: {why}; use a record with public members, or give the type a JsonConverter");

    public static StreamLinqException NotAKey(Type type, string why) =>
        new("SLQ2053", $"{Name(type)} cannot be a key: {why}; use a primitive, a string, a date, a record, a tuple or an anonymous type of these");

    public static StreamLinqException JsonFailed(Type type, Exception inner) =>
        new("SLQ2054", $"a value of {Name(type)}, which is stored as JSON, could not be written: {inner.Message}; use a record with public members, or give the type a JsonConverter", inner);

    public static string Name(Type type)
    {
        if (type.IsArray) return Name(type.GetElementType()!) + "[]";
        if (type.Name.Contains("AnonymousType", StringComparison.Ordinal)) return "an anonymous type";
        if (!type.IsGenericType) return type.Name;
        var tick = type.Name.IndexOf('`', StringComparison.Ordinal);
        return (tick < 0 ? type.Name : type.Name[..tick]) + "<" + string.Join(", ", type.GetGenericArguments().Select(Name)) + ">";
    }
}
