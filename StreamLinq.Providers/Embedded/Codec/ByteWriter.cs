// A growing buffer that records are written to: cleared and used again, so that writing allocates nothing once it has grown.
// Numbers of fixed width are big-endian, which keeps their order under a bytewise comparison. For one thread at a time.
using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace StreamLinq.Embedded;

internal sealed class ByteWriter(int capacity = 256)
{
    private byte[] _buffer = new byte[Math.Max(capacity, 16)];
    private int _length;
    private int _depth;

    public int Length => _length;

    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, _length);

    public ReadOnlyMemory<byte> WrittenMemory => _buffer.AsMemory(0, _length);

    public ReadOnlySpan<byte> Slice(int start, int length) => Written.Slice(start, length);

    public void Clear()
    {
        _length = 0;
        _depth = 0;
    }

    // Forgets what was written after the length, for a record that failed half way.
    public void Truncate(int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)length, (uint)_length, nameof(length));
        _length = length;
        _depth = 0;
    }

    // Takes back what was written after the length, in the middle of a value.
    public void Rewind(int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)length, (uint)_length, nameof(length));
        _length = length;
    }

    // Room for at least so many bytes; what is filled is taken over by Advance.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Span<byte> Reserve(int bytes)
    {
        if ((uint)bytes > (uint)(_buffer.Length - _length)) Grow(bytes);
        return _buffer.AsSpan(_length);
    }

    public void Advance(int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)bytes, (uint)(_buffer.Length - _length), nameof(bytes));
        _length += bytes;
    }

    public void WriteByte(byte value)
    {
        Reserve(1)[0] = value;
        _length++;
    }

    public void WriteUInt16(ushort value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(Reserve(2), value);
        _length += 2;
    }

    public void WriteUInt32(uint value)
    {
        BinaryPrimitives.WriteUInt32BigEndian(Reserve(4), value);
        _length += 4;
    }

    public void WriteUInt64(ulong value)
    {
        BinaryPrimitives.WriteUInt64BigEndian(Reserve(8), value);
        _length += 8;
    }

    public void WriteUInt128(UInt128 value)
    {
        BinaryPrimitives.WriteUInt128BigEndian(Reserve(16), value);
        _length += 16;
    }

    public void WriteInt32(int value) => WriteUInt32((uint)value);

    public void WriteInt64(long value) => WriteUInt64((ulong)value);

    public void WriteDouble(double value) => WriteUInt64(BitConverter.DoubleToUInt64Bits(value));

    // Seven bits a byte, lowest first; small numbers take one byte.
    public void WriteVarUInt64(ulong value)
    {
        var span = Reserve(10);
        if (value < 0x80)
        {
            span[0] = (byte)value;
            _length++;
            return;
        }

        var i = 0;
        for (; value >= 0x80; value >>= 7) span[i++] = (byte)(value | 0x80);
        span[i] = (byte)value;
        _length += i + 1;
    }

    // Zigzag: 0, -1, 1, -2 become 0, 1, 2, 3.
    public void WriteVarInt64(long value) => WriteVarUInt64((ulong)((value << 1) ^ (value >> 63)));

    public void WriteBytes(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Reserve(bytes.Length));
        _length += bytes.Length;
    }

    public void Enter(Type type)
    {
        if (_depth >= CodecErrors.MaxDepth) throw CodecErrors.TooDeep(type);
        _depth++;
    }

    public void Leave() => _depth--;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Grow(int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        var needed = (long)_length + bytes;
        if (needed > Array.MaxLength) throw new InvalidOperationException("a state record is larger than 2 GB");
        Array.Resize(ref _buffer, (int)Math.Min(Array.MaxLength, Math.Max(needed, 2L * _buffer.Length)));
    }
}
