// What an epoch changed, as bytes: the engine puts, the checkpoint logs. Written into chunks that are the delta log's records already, so nothing is copied twice.
// A record has a checksum of its own: FasterLog checks its entries' only where it reads them from the disk, not on the pages that recovery puts into memory.
// An entry: operator (varint), value length + 1 or 0 for a removal (varint), key length (varint), key, value.
using System.Buffers.Binary;
using System.Numerics;

namespace StreamLinq.Embedded;

/// <summary>Gets an entry of the state. The spans are valid during the call only.</summary>
internal delegate void StateVisitor(int operatorId, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value);

/// <summary>Gets a change of the state; removals have no value.</summary>
internal delegate void ChangeVisitor(int operatorId, ReadOnlySpan<byte> key, bool removed, ReadOnlySpan<byte> value);

/// <summary>The changes of one epoch; of several to one key the last counts. One caller at a time.</summary>
internal sealed class StateDelta
{
    internal const int HeaderBytes = 21;
    private const int SumAt = 17;
    private const byte FormatVersion = 1;
    private const int FirstChunkBytes = 16 << 10;
    private const int UsualChunkBytes = 1 << 20;
    private const int MostChunksKept = 16;
    private const int MaxVarint = 5;
    private readonly List<Chunk> _chunks = [];
    private readonly ByteWriter _entry = new();
    private readonly int _entryLimit;
    private readonly int _chunkLimit;
    private readonly Func<int, string> _nameOf;
    private int _used;

    internal StateDelta(CheckpointLayout layout, Func<int, string> nameOf)
    {
        _entryLimit = layout.EntryLimit;
        _chunkLimit = Math.Min(UsualChunkBytes, layout.PageBytes - 512);
        _nameOf = nameOf;
    }

    /// <summary>The epoch these changes belong to.</summary>
    internal long Epoch { get; private set; }

    /// <summary>How many changes there are.</summary>
    internal long Count { get; private set; }

    /// <summary>How many bytes they take.</summary>
    internal long Bytes { get; private set; }

    /// <summary>How many entries tables have after the epoch, by the operator's number, where they are counted.</summary>
    internal Dictionary<int, long> Rows { get; private set; } = [];

    /// <summary>How many records they make.</summary>
    internal int Parts => _used;

    /// <summary>Sets a key's value. Throws SLQ2045 if the two do not fit a page of the base.</summary>
    internal void Put(int operatorId, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) => Add(operatorId, key, (uint)value.Length + 1, value);

    /// <summary>Removes a key; it need not be there.</summary>
    internal void Remove(int operatorId, ReadOnlySpan<byte> key) => Add(operatorId, key, 0, default);

    /// <summary>The same, of values that are written here. Says how many bytes they are.</summary>
    internal int Put<TKey, TValue>(int operatorId, Codec<TKey> keys, TKey key, Codec<TValue> values, TValue value)
    {
        _entry.Clear();
        keys.Write(_entry, key);
        var length = _entry.Length;
        values.Write(_entry, value);
        Put(operatorId, _entry.Slice(0, length), _entry.Slice(length, _entry.Length - length));
        return _entry.Length;
    }

    /// <summary>The same, of a key that is written here.</summary>
    internal void Remove<TKey>(int operatorId, Codec<TKey> keys, TKey key)
    {
        _entry.Clear();
        keys.Write(_entry, key);
        Remove(operatorId, _entry.Written);
    }

    internal void Begin(long epoch)
    {
        Epoch = epoch;
        Count = 0;
        Bytes = 0;
        _used = 0;
        Rows = [];
        if (_chunks.Count > MostChunksKept)
            _chunks.RemoveRange(MostChunksKept, _chunks.Count - MostChunksKept);
    }

    /// <summary>The bytes of a record of the delta log.</summary>
    internal ReadOnlySpan<byte> Part(int part)
    {
        var chunk = _chunks[part];
        chunk.Bytes[0] = FormatVersion;
        BinaryPrimitives.WriteInt64LittleEndian(chunk.Bytes.AsSpan(1), Epoch);
        BinaryPrimitives.WriteInt32LittleEndian(chunk.Bytes.AsSpan(9), part);
        BinaryPrimitives.WriteInt32LittleEndian(chunk.Bytes.AsSpan(13), Parts);
        BinaryPrimitives.WriteUInt32LittleEndian(chunk.Bytes.AsSpan(SumAt), SumOf(chunk.Bytes.AsSpan(0, chunk.Length)));
        return chunk.Bytes.AsSpan(0, chunk.Length);
    }

    /// <summary>Reads a record's header; false if it is none, or the record does not have its checksum.</summary>
    internal static bool TryReadHeader(ReadOnlySpan<byte> record, out long epoch, out int part, out int parts)
    {
        epoch = 0;
        part = parts = 0;
        if (record.Length < HeaderBytes || record[0] != FormatVersion || BinaryPrimitives.ReadUInt32LittleEndian(record[SumAt..]) != SumOf(record))
            return false;
        epoch = BinaryPrimitives.ReadInt64LittleEndian(record[1..]);
        part = BinaryPrimitives.ReadInt32LittleEndian(record[9..]);
        parts = BinaryPrimitives.ReadInt32LittleEndian(record[13..]);
        return part >= 0 && part < parts;
    }

    /// <summary>Visits a record's changes in the order they were made; false if the bytes are not a record's.</summary>
    internal static bool TryVisit(ReadOnlySpan<byte> record, ChangeVisitor visit)
    {
        var rest = record[HeaderBytes..];
        while (rest.Length > 0)
        {
            if (!TryReadVarint(ref rest, out var operatorId) || !TryReadVarint(ref rest, out var valueLength) || !TryReadVarint(ref rest, out var keyLength))
                return false;
            var bytes = valueLength == 0 ? 0 : valueLength - 1;
            if ((ulong)keyLength + bytes > (ulong)rest.Length)
                return false;
            visit((int)operatorId, rest[..(int)keyLength], valueLength == 0, rest.Slice((int)keyLength, (int)bytes));
            rest = rest[((int)keyLength + (int)bytes)..];
        }

        return true;
    }

    private static uint SumOf(ReadOnlySpan<byte> record) => Crc32C.Of(record[..SumAt]) ^ BitOperations.RotateLeft(Crc32C.Of(record[HeaderBytes..]), 1);

    private static bool TryReadVarint(ref ReadOnlySpan<byte> bytes, out uint value)
    {
        value = 0;
        for (var i = 0; i < MaxVarint && i < bytes.Length; i++)
        {
            value |= (uint)(bytes[i] & 0x7f) << (7 * i);
            if (bytes[i] < 0x80)
            {
                bytes = bytes[(i + 1)..];
                return true;
            }
        }

        return false;
    }

    private void Add(int operatorId, ReadOnlySpan<byte> key, uint valueLength, ReadOnlySpan<byte> value)
    {
        var size = (long)key.Length + value.Length;
        if (size > _entryLimit)
            throw CheckpointErrors.EntryTooLarge(_nameOf(operatorId), size, _entryLimit);
        var needed = (3 * MaxVarint) + (int)size;
        var chunk = _used == 0 ? null : _chunks[_used - 1];
        if (chunk is null || chunk.Length + needed > _chunkLimit)
        {
            if (_used == _chunks.Count)
                _chunks.Add(new Chunk());
            chunk = _chunks[_used++];
            chunk.Length = HeaderBytes;
        }

        if (chunk.Length + needed > chunk.Bytes.Length)
            Array.Resize(ref chunk.Bytes, Math.Max(chunk.Length + needed, Math.Min(_chunkLimit, Math.Max(FirstChunkBytes, chunk.Bytes.Length * 2))));
        var before = chunk.Length;
        WriteVarint(chunk, (uint)operatorId);
        WriteVarint(chunk, valueLength);
        WriteVarint(chunk, (uint)key.Length);
        key.CopyTo(chunk.Bytes.AsSpan(chunk.Length));
        chunk.Length += key.Length;
        value.CopyTo(chunk.Bytes.AsSpan(chunk.Length));
        chunk.Length += value.Length;
        Count++;
        Bytes += chunk.Length - before;
    }

    private static void WriteVarint(Chunk chunk, uint value)
    {
        for (; value >= 0x80; value >>= 7)
            chunk.Bytes[chunk.Length++] = (byte)(value | 0x80);
        chunk.Bytes[chunk.Length++] = (byte)value;
    }

    private sealed class Chunk
    {
        internal byte[] Bytes = [];
        internal int Length;
    }
}
