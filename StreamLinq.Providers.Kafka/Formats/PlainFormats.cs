// Bytes as they are, and text in UTF-8. Text that is no UTF-8 is refused rather than mended: a mended key would be another key.
using System.Text;
using Confluent.Kafka;

namespace StreamLinq.Kafka;

internal sealed class BytesFormat : KafkaFormat<byte[]?>
{
    public override byte[]? Deserialize(ReadOnlySpan<byte> data, bool isNull, SerializationContext context) => isNull ? null : data.ToArray();

    public override byte[] Serialize(byte[]? data, SerializationContext context) => data!;
}

internal sealed class TextFormat : KafkaFormat<string?>
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public override string? Deserialize(ReadOnlySpan<byte> data, bool isNull, SerializationContext context) => isNull ? null : Strict.GetString(data);

    public override byte[] Serialize(string? data, SerializationContext context) => data is null ? null! : Strict.GetBytes(data);
}
