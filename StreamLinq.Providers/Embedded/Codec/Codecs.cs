// The door to the codecs: one per type and purpose, compiled at the first call and kept.
//
// A key's bytes are canonical (equal keys, equal bytes) and ordered: comparing them bytewise is comparing the keys, member by member, null first.
// What is not part of equality is lost: a key comes back with a DateTimeOffset in UTC, a DateTime of kind Unspecified, a decimal without trailing
// zeros, -0.0 as 0.0. A value's bytes are compact and exact, and the same value always gives the same bytes.
namespace StreamLinq.Embedded;

internal static class Codecs
{
    // Throws SLQ2053 if the type cannot be a key.
    public static Codec<T> Key<T>()
    {
        if (Cache<T>.Key is { } known) return known;
        if (!CanBeKey(typeof(T), out var why)) throw CodecErrors.NotAKey(typeof(T), why);
        var made = CodecCompiler.Compile<T>(key: true);
        return Interlocked.CompareExchange(ref Cache<T>.Key, made, null) ?? made;
    }

    // Throws SLQ2052 if values of the type cannot be kept.
    public static Codec<T> Value<T>()
    {
        if (Cache<T>.Value is { } known) return known;
        var made = CodecCompiler.Compile<T>(key: false);
        return Interlocked.CompareExchange(ref Cache<T>.Value, made, null) ?? made;
    }

    // The reason names the member: "key member Tags is an array".
    public static bool CanBeKey(Type type, out string why)
    {
        why = KeyRule.Objection(type) ?? "";
        return why.Length == 0;
    }

    private static class Cache<T>
    {
        public static Codec<T>? Key;
        public static Codec<T>? Value;
    }
}
