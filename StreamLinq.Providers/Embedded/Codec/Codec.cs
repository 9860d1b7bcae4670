// What turns values of one type into bytes and back; compiled once per type, immutable, for any number of threads.
namespace StreamLinq.Embedded;

internal abstract class Codec<T>
{
    // The layout of the bytes as text: see Schema.cs. Codecs with one schema read each other's bytes.
    public abstract string Schema { get; }

    // Throws SLQ2051 or SLQ2054 for a value that cannot be written; the writer then holds a part of it (see ByteWriter.Truncate).
    public abstract void Write(ByteWriter writer, T value);

    // Throws SLQ2050 for bytes that are no such value, and nothing else.
    public abstract T Read(ByteReader reader);
}

// The codec made of two compiled lambdas.
internal sealed class CompiledCodec<T>(string schema, Action<ByteWriter, T> write, Func<ByteReader, T> read) : Codec<T>
{
    public override string Schema => schema;

    public override void Write(ByteWriter writer, T value) => write(writer, value);

    public override T Read(ByteReader reader)
    {
        try
        {
            return read(reader);
        }
        catch (Exception error) when (error is not StreamLinqException and not OutOfMemoryException)
        {
            // Constructors and setters of the user's type run on what was read, and may refuse it.
            throw CodecErrors.Damaged($"{CodecErrors.Name(typeof(T))} refuses what was read ({error.Message})", error);
        }
    }
}

// Stands for the codec of a type that is still being compiled (a tree refers to itself), and counts how deep the value goes.
internal sealed class DeferredCodec<T>(bool key) : Codec<T>
{
    private Codec<T>? _codec;

    public override string Schema => Codec.Schema;

    private Codec<T> Codec => _codec ??= key ? Codecs.Key<T>() : Codecs.Value<T>();

    public override void Write(ByteWriter writer, T value)
    {
        writer.Enter(typeof(T));
        try
        {
            Codec.Write(writer, value);
        }
        finally
        {
            writer.Leave();
        }
    }

    public override T Read(ByteReader reader)
    {
        reader.Enter();
        try
        {
            return Codec.Read(reader);
        }
        finally
        {
            reader.Leave();
        }
    }
}

internal static class CodecExtensions
{
    // Reads one whole record; bytes that are left over are damage too.
    internal static T Decode<T>(this Codec<T> codec, ByteReader reader, ReadOnlySpan<byte> record)
    {
        reader.Load(record);
        var value = codec.Read(reader);
        return reader.AtEnd ? value : throw CodecErrors.Damaged($"{reader.Remaining} bytes are left over", null);
    }
}
