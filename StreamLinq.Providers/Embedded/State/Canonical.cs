// Equal keys can look different (1.0m and 1.00m, two offsets of one instant). Tables keep the one form that the codec gives back, so that a restart changes no row.
namespace StreamLinq.Embedded;

internal static class Canonical
{
    /// <summary>The function that gives the kept form, or null for types whose equal values are always alike.</summary>
    internal static Func<TKey, TKey>? For<TKey>()
    {
        if (IsUnique(typeof(TKey))) return null;
        var codec = Codecs.Key<TKey>();
        var bytes = new ByteWriter();
        var reader = new ByteReader();
        return key =>
        {
            bytes.Clear();
            codec.Write(bytes, key);
            return codec.Decode(reader, bytes.Written);
        };
    }

    private static bool IsUnique(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        return type == typeof(string) || type.IsEnum || (type.IsPrimitive && type != typeof(double) && type != typeof(float)) || type == typeof(Guid)
            || type == typeof(TimeSpan) || type == typeof(DateOnly) || type == typeof(TimeOnly)
            || (type.IsGenericType && type.FullName!.StartsWith("System.ValueTuple`", StringComparison.Ordinal) && type.GetGenericArguments().All(IsUnique));
    }
}
