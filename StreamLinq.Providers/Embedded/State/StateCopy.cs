// A copy of something a user's aggregate keeps: it may change what it is handed, and a part of a window is merged into several windows. The codec that stores it copies it.
using System.Runtime.CompilerServices;

namespace StreamLinq.Embedded;

/// <summary>Copies values. For one thread at a time.</summary>
internal sealed class StateCopy<T>
{
    private readonly Codec<T>? _codec = RuntimeHelpers.IsReferenceOrContainsReferences<T>() && typeof(T) != typeof(string) ? Codecs.Value<T>() : null;
    private readonly ByteWriter _bytes = new();
    private readonly ByteReader _reader = new();

    public T Of(T value)
    {
        if (_codec is null) return value;
        _bytes.Clear();
        _codec.Write(_bytes, value);
        return _codec.Decode(_reader, _bytes.Written);
    }
}
