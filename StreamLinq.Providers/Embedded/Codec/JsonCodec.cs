// System.Text.Json for types the codec does not know: dictionaries, types with a converter, Uri, abstract types with declared derived types.
// Never for keys: JSON is not canonical (a dictionary is written in its own order). Types that JSON would write and not read back are refused.
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace StreamLinq.Embedded;

internal static class JsonCodec
{
    private static readonly JsonSerializerOptions Options = new()
    {
        IncludeFields = true,
        MaxDepth = CodecErrors.MaxDepth,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
    };

    public static Shape ShapeOf(Type type)
    {
        try
        {
            var info = Options.GetTypeInfo(type);
            if (info.Kind is JsonTypeInfoKind.Enumerable or JsonTypeInfoKind.Dictionary) return ShapeOfElements(info.ElementType!);
            if (info.Kind != JsonTypeInfoKind.Object) return new Shape.Json();
            if (info.PolymorphismOptions is not null) return new Shape.Json();
            if (type.IsInterface || type.IsAbstract) return new Shape.Refused($"it is {(type.IsInterface ? "an interface" : "abstract")}, and names no derived types for JSON");
            if (!info.Properties.Any(p => p.Set is not null || p.AssociatedParameter is not null)) return new Shape.Refused("it shows no public members that can be set again");
            return new Shape.Json();
        }
        catch (Exception error) when (error is NotSupportedException or InvalidOperationException or ArgumentException)
        {
            return new Shape.Refused($"JSON does not know it either ({error.Message})");
        }
    }

    // Only one level down: collections of collections are not followed, as they may refer to themselves.
    private static Shape ShapeOfElements(Type element) =>
        element != typeof(string) && typeof(System.Collections.IEnumerable).IsAssignableFrom(element) ? new Shape.Json()
        : Shape.Of(element) is Shape.Refused refused ? new Shape.Refused($"of its elements, {CodecErrors.Name(element)}, {refused.Why}")
        : new Shape.Json();

    public static void Write<T>(ByteWriter writer, T value)
    {
        if (value is null)
        {
            writer.WriteByte(0);
            return;
        }

        try
        {
            ValueFormat.Write(writer, JsonSerializer.SerializeToUtf8Bytes(value, Options));
        }
        catch (Exception error) when (error is not StreamLinqException and not OutOfMemoryException)
        {
            throw CodecErrors.JsonFailed(typeof(T), error);
        }
    }

    public static T? Read<T>(ByteReader reader)
    {
        var count = reader.ReadCount(1);
        return count < 0 ? default : JsonSerializer.Deserialize<T>(reader.ReadBytes(count), Options);
    }
}
