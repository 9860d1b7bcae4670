// A key or value as the fetch thread read it: the value, or why it cannot be read. What throws inside the client's own loop would tear the record from its place, so nothing may.
using Confluent.Kafka;

namespace StreamLinq.Kafka;

/// <param name="Value">What was read.</param>
/// <param name="Failure">Why it could not be; null if it could.</param>
/// <param name="Raw">The bytes, where they may be needed again.</param>
internal readonly record struct ReadField<T>(T Value, Exception? Failure, byte[]? Raw);

/// <summary>Reads with a deserializer of the user and counts the bytes. Used by the fetch thread only.</summary>
/// <param name="inner">Null: not read at all.</param>
/// <param name="keepsRaw">Whether the bytes are kept for a dead letter.</param>
internal sealed class FieldReader<T>(IDeserializer<T>? inner, bool keepsRaw) : IDeserializer<ReadField<T>>
{
    /// <summary>The size of what was read last.</summary>
    internal int Bytes { get; private set; }

    public ReadField<T> Deserialize(ReadOnlySpan<byte> data, bool isNull, SerializationContext context)
    {
        Bytes = data.Length;
        var raw = keepsRaw && !isNull ? data.ToArray() : null;
        if (inner is null) return new ReadField<T>(default!, null, raw);
        try
        {
            return new ReadField<T>(inner.Deserialize(data, isNull, context), null, raw);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            return new ReadField<T>(default!, error, raw);
        }
    }
}
