// How events and results are written as JSON: times in milliseconds since 1970, prices in decimals as text with three of them, letters as they are.
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace StreamLinq.Benchmarks.Nexmark;

public static class NexmarkJson
{
    public static JsonSerializerOptions CamelCase { get; } = Named(JsonNamingPolicy.CamelCase);

    public static JsonSerializerOptions SnakeCase { get; } = Named(JsonNamingPolicy.SnakeCaseLower);

    private static JsonSerializerOptions Named(JsonNamingPolicy names) => new()
    {
        PropertyNamingPolicy = names,
        PropertyNameCaseInsensitive = true,
        RespectRequiredConstructorParameters = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new Milliseconds(), new ThreeDecimals() },
    };

    private sealed class Milliseconds : JsonConverter<DateTimeOffset>
    {
        public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64());

        public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) => writer.WriteNumberValue(value.ToUnixTimeMilliseconds());
    }

    private sealed class ThreeDecimals : JsonConverter<decimal>
    {
        public override decimal Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => decimal.Parse(reader.GetString()!, CultureInfo.InvariantCulture);

        public override void Write(Utf8JsonWriter writer, decimal value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString("F3", CultureInfo.InvariantCulture));
    }
}
