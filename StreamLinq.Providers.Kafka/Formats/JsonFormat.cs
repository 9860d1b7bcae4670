// JSON by System.Text.Json, read from the bytes of the record itself.
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Confluent.Kafka;

namespace StreamLinq.Kafka;

internal sealed class JsonFormat<T> : KafkaFormat<T>
{
    private readonly JsonTypeInfo<T> _type;

    internal JsonFormat(JsonSerializerOptions? options) => _type = JsonDefaults.TypeOf<T>(options ?? JsonDefaults.Options);

    internal JsonTypeInfo<T> Type => _type;

    public override T Deserialize(ReadOnlySpan<byte> data, bool isNull, SerializationContext context)
    {
        if (!isNull) return JsonSerializer.Deserialize(data, _type)!;
        return default(T) is null ? default! : throw new JsonException($"There is none, and {typeof(T).Name} has no null.");
    }

    public override byte[] Serialize(T data, SerializationContext context) => JsonSerializer.SerializeToUtf8Bytes(data, _type);
}

internal static class JsonDefaults
{
    // Names as in web APIs; fields, because value tuples have nothing else; text readable; a lacking member is an error and no default.
    internal static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.Web)
    {
        IncludeFields = true,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NumberHandling = JsonNumberHandling.AllowReadingFromString | JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    internal static JsonTypeInfo<TType> TypeOf<TType>(JsonSerializerOptions options)
    {
        try
        {
            var own = options.TypeInfoResolver is null ? new JsonSerializerOptions(options) { TypeInfoResolver = new DefaultJsonTypeInfoResolver() } : options;
            var type = (JsonTypeInfo<TType>)own.GetTypeInfo(typeof(TType));
            Try(type);
            return type;
        }
        catch (Exception error) when (error is NotSupportedException or InvalidOperationException or ArgumentException)
        {
            throw KafkaErrors.NoFormat(typeof(TType), error);
        }
    }

    // Types that JSON never holds, such as delegates, are told by reading one only. What a number is no value of fails too, but as a JsonException, and that is well.
    private static void Try<TType>(JsonTypeInfo<TType> type)
    {
        try
        {
            _ = JsonSerializer.Deserialize("0"u8, type);
        }
        catch (JsonException)
        {
            return;
        }
    }
}
