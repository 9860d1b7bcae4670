// Reads records; every length is checked against the bytes that remain, so damaged input ends in SLQ2050 and never in a large allocation.
// A class over an array, not a ref struct over a span, because compiled expression trees cannot hold ref structs. For one thread at a time.
using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace StreamLinq.Embedded;

internal sealed class ByteReader
{
    private byte[] _buffer = [];
    private byte[] _own = [];
    private int _position;
    private int _end;
    private int _depth;

    public ByteReader()
    {
    }

    public ByteReader(ReadOnlyMemory<byte> memory) => Reset(memory);

    public int Remaining => _end - _position;

    public bool AtEnd => _position == _end;

    // Reads from the memory itself; it must not change until reading is done.
    public void Reset(ReadOnlyMemory<byte> memory)
    {
        if (!MemoryMarshal.TryGetArray(memory, out var segment))
        {
            Load(memory.Span);
            return;
        }

        _buffer = segment.Array ?? [];
        _position = segment.Offset;
        _end = segment.Offset + segment.Count;
        _depth = 0;
    }

    // Copies the bytes into a buffer of the reader, for records in memory that is not an array (pages of FASTER, stack).
    public void Load(ReadOnlySpan<byte> bytes)
    {
        if (_own.Length < bytes.Length) _own = new byte[Math.Max(bytes.Length, Math.Min(2 * _own.Length, Array.MaxLength))];
        bytes.CopyTo(_own);
        _buffer = _own;
        _position = 0;
        _end = bytes.Length;
        _depth = 0;
    }

    public ReadOnlySpan<byte> ReadBytes(int count)
    {
        if ((uint)count > (uint)Remaining) CodecErrors.ThrowDamaged($"it needs {count} bytes where {Remaining} remain");
        var bytes = new ReadOnlySpan<byte>(_buffer, _position, count);
        _position += count;
        return bytes;
    }

    // What is left, unread; Skip takes it.
    public ReadOnlySpan<byte> Rest => new(_buffer, _position, _end - _position);

    public void Skip(int count) => ReadBytes(count);

    public byte ReadByte()
    {
        if (_position >= _end) CodecErrors.ThrowDamaged("it ends too early");
        return _buffer[_position++];
    }

    public ushort ReadUInt16() => BinaryPrimitives.ReadUInt16BigEndian(ReadBytes(2));

    public uint ReadUInt32() => BinaryPrimitives.ReadUInt32BigEndian(ReadBytes(4));

    public ulong ReadUInt64() => BinaryPrimitives.ReadUInt64BigEndian(ReadBytes(8));

    public UInt128 ReadUInt128() => BinaryPrimitives.ReadUInt128BigEndian(ReadBytes(16));

    public int ReadInt32() => (int)ReadUInt32();

    public long ReadInt64() => (long)ReadUInt64();

    public double ReadDouble() => BitConverter.UInt64BitsToDouble(ReadUInt64());

    // A byte that is 0 or 1: booleans and null marks.
    public bool ReadFlag()
    {
        var value = ReadByte();
        if (value > 1) CodecErrors.ThrowDamaged("a flag is neither 0 nor 1");
        return value == 1;
    }

    public ulong ReadVarUInt64()
    {
        ulong first = ReadByte();
        if (first < 0x80) return first;
        var value = first & 0x7F;
        for (var shift = 7; shift < 64; shift += 7)
        {
            ulong next = ReadByte();
            if (shift == 63 && next > 1) break;
            value |= (next & 0x7F) << shift;
            if (next < 0x80) return value;
        }

        throw CodecErrors.Damaged("a number is longer than 64 bits");
    }

    public long ReadVarInt64()
    {
        var value = ReadVarUInt64();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    // The count of things that follow, each at least so many bytes long; -1 stands for null.
    public int ReadCount(int bytesEach)
    {
        var value = ReadVarUInt64();
        if (value == 0) return -1;
        if (value - 1 > (ulong)(Remaining / bytesEach)) CodecErrors.ThrowDamaged($"a list of {value - 1} values does not fit into the {Remaining} bytes that remain");
        return (int)(value - 1);
    }

    public void Enter()
    {
        if (_depth >= CodecErrors.MaxDepth) CodecErrors.ThrowDamaged($"values are nested more than {CodecErrors.MaxDepth} levels deep");
        _depth++;
    }

    public void Leave() => _depth--;
}
