// Reads and writes the bytes of a schema without the type: single values as .NET's own, composites and lists as arrays, JSON as its bytes.
// The forms of single values are those of KeyFormat and ValueFormat; what is written is byte for byte what the codec of a type with that schema writes.
using System.Numerics;

namespace StreamLinq.Embedded;

/// <summary>JSON as it was stored.</summary>
internal sealed record JsonBytes(byte[] Utf8);

internal static class SchemaValues
{
    private static readonly Dictionary<string, Leaf> Leaves = new(StringComparer.Ordinal)
    {
        ["bool"] = Of(KeyFormat.ReadBoolean, KeyFormat.Write, ValueFormat.ReadBoolean, ValueFormat.Write, 1),
        ["int8"] = Of<sbyte>(KeyFormat.ReadSByte, KeyFormat.Write, ValueFormat.ReadSByte, ValueFormat.Write, 1),
        ["uint8"] = Of<byte>(KeyFormat.ReadByte, KeyFormat.Write, ValueFormat.ReadByte, ValueFormat.Write, 1),
        ["int16"] = Of<short>(KeyFormat.ReadInt16, KeyFormat.Write, ValueFormat.ReadInt16, ValueFormat.Write, 1),
        ["uint16"] = Of<ushort>(KeyFormat.ReadUInt16, KeyFormat.Write, ValueFormat.ReadUInt16, ValueFormat.Write, 1),
        ["int32"] = Of<int>(KeyFormat.ReadInt32, KeyFormat.Write, ValueFormat.ReadInt32, ValueFormat.Write, 1),
        ["uint32"] = Of<uint>(KeyFormat.ReadUInt32, KeyFormat.Write, ValueFormat.ReadUInt32, ValueFormat.Write, 1),
        ["int64"] = Of<long>(KeyFormat.ReadInt64, KeyFormat.Write, ValueFormat.ReadInt64, ValueFormat.Write, 1),
        ["uint64"] = Of<ulong>(KeyFormat.ReadUInt64, KeyFormat.Write, ValueFormat.ReadUInt64, ValueFormat.Write, 1),
        ["int128"] = Of<Int128>(KeyFormat.ReadInt128, KeyFormat.Write, ValueFormat.ReadInt128, ValueFormat.Write, 16),
        ["uint128"] = Of<UInt128>(KeyFormat.ReadUInt128, KeyFormat.Write, ValueFormat.ReadUInt128, ValueFormat.Write, 16),
        ["integer"] = Of<BigInteger>(KeyFormat.ReadBigInteger, KeyFormat.Write, ValueFormat.ReadBigInteger, ValueFormat.Write, 1),
        ["half"] = Of<Half>(KeyFormat.ReadHalf, KeyFormat.Write, ValueFormat.ReadHalf, ValueFormat.Write, 2),
        ["float"] = Of<float>(KeyFormat.ReadSingle, KeyFormat.Write, ValueFormat.ReadSingle, ValueFormat.Write, 4),
        ["double"] = Of<double>(KeyFormat.ReadDouble, KeyFormat.Write, ValueFormat.ReadDouble, ValueFormat.Write, 8),
        ["decimal"] = Of<decimal>(KeyFormat.ReadDecimal, KeyFormat.Write, ValueFormat.ReadDecimal, ValueFormat.Write, 1),
        ["char"] = Of<char>(KeyFormat.ReadChar, KeyFormat.Write, ValueFormat.ReadChar, ValueFormat.Write, 1),
        ["string"] = Of<string?>(KeyFormat.ReadString, KeyFormat.Write, ValueFormat.ReadString, ValueFormat.Write, 1),
        ["guid"] = Of<Guid>(KeyFormat.ReadGuid, KeyFormat.Write, ValueFormat.ReadGuid, ValueFormat.Write, 16),
        ["datetime"] = Of<DateTime>(KeyFormat.ReadDateTime, KeyFormat.Write, ValueFormat.ReadDateTime, ValueFormat.Write, 8),
        ["instant"] = Of<DateTimeOffset>(KeyFormat.ReadDateTimeOffset, KeyFormat.Write, ValueFormat.ReadDateTimeOffset, ValueFormat.Write, 9),
        ["duration"] = Of<TimeSpan>(KeyFormat.ReadTimeSpan, KeyFormat.Write, ValueFormat.ReadTimeSpan, ValueFormat.Write, 1),
        ["date"] = Of<DateOnly>(KeyFormat.ReadDateOnly, KeyFormat.Write, ValueFormat.ReadDateOnly, ValueFormat.Write, 1),
        ["time"] = Of<TimeOnly>(KeyFormat.ReadTimeOnly, KeyFormat.Write, ValueFormat.ReadTimeOnly, ValueFormat.Write, 1),
        ["bytes"] = Of<byte[]?>(ValueFormat.ReadBytes, ValueFormat.Write, ValueFormat.ReadBytes, ValueFormat.Write, 1),
    };

    internal static bool IsLeaf(string kind) => Leaves.ContainsKey(kind);

    /// <summary>Reads a value. Throws SLQ2050 for bytes that are none.</summary>
    internal static object? Read(SchemaNode node, bool isKey, ByteReader reader)
    {
        reader.Enter();
        var value = ReadInside(node.Resolved, isKey, reader);
        reader.Leave();
        return value;
    }

    private static object? ReadInside(SchemaNode node, bool isKey, ByteReader reader)
    {
        switch (node.Kind)
        {
            case SchemaKind.Leaf:
                var leaf = Leaves[node.Leaf];
                return isKey ? leaf.ReadKey(reader) : leaf.ReadValue(reader);
            case SchemaKind.Optional:
                return reader.ReadFlag() ? Read(node.Inner!, isKey, reader) : null;
            case SchemaKind.Json:
                var bytes = ValueFormat.ReadBytes(reader);
                return bytes is null ? null : new JsonBytes(bytes);
            case SchemaKind.List:
                var count = reader.ReadCount(1);
                if (count < 0) return null;
                var items = new object?[count];
                for (var i = 0; i < count; i++) items[i] = Read(node.Inner!, isKey, reader);
                return items;
            default:
                if ((node.IsNullable && !reader.ReadFlag()) || (!node.IsNullable && node.Members.Count == 0 && reader.ReadFlag())) return null;
                var members = new object?[node.Members.Count];
                for (var i = 0; i < members.Length; i++) members[i] = Read(node.Members[i], isKey, reader);
                return members;
        }
    }

    internal static void Write(SchemaNode node, bool isKey, ByteWriter writer, object? value)
    {
        node = node.Resolved;
        switch (node.Kind)
        {
            case SchemaKind.Leaf:
                var leaf = Leaves[node.Leaf];
                (isKey ? leaf.WriteKey : leaf.WriteValue)(writer, value);
                break;
            case SchemaKind.Optional:
                writer.WriteByte(value is null ? (byte)0 : (byte)1);
                if (value is not null) Write(node.Inner!, isKey, writer, value);
                break;
            case SchemaKind.Json:
                ValueFormat.Write(writer, (value as JsonBytes)?.Utf8);
                break;
            case SchemaKind.List:
                var items = (object?[]?)value;
                writer.WriteVarUInt64(items is null ? 0 : (ulong)items.Length + 1);
                foreach (var item in items ?? []) Write(node.Inner!, isKey, writer, item);
                break;
            default:
                if (node.IsNullable || node.Members.Count == 0) writer.WriteByte(value is null || !node.IsNullable ? (byte)0 : (byte)1);
                var members = (object?[]?)value ?? (node.IsNullable ? [] : (object?[])Default(node)!);
                for (var i = 0; i < members.Length; i++) Write(node.Members[i], isKey, writer, members[i]);
                break;
        }
    }

    /// <summary>What a field of this schema starts with: null, zero, false.</summary>
    internal static object? Default(SchemaNode node)
    {
        node = node.Resolved;
        return node.Kind switch
        {
            SchemaKind.Leaf => Leaves[node.Leaf].Default,
            SchemaKind.Struct or SchemaKind.Tuple when !node.IsNullable => node.Members.Select(Default).ToArray(),
            _ => null,
        };
    }

    /// <summary>Whether a value of the user's own type can stand for a leaf.</summary>
    internal static bool Fits(SchemaNode node, object? value) => value is null ? node.CanBeNull
        : (node.Kind == SchemaKind.Optional ? node.Inner! : node) is { Kind: SchemaKind.Leaf } leaf && Leaves[leaf.Leaf].Type == value.GetType();

    private static Leaf Of<T>(Func<ByteReader, T> readKey, Action<ByteWriter, T> writeKey, Func<ByteReader, T> readValue, Action<ByteWriter, T> writeValue, int bytes) => new(
        r => readKey(r), (w, v) => writeKey(w, (T)v!), r => readValue(r), (w, v) => writeValue(w, (T)v!), default(T), typeof(T), bytes);

    private sealed record Leaf(
        Func<ByteReader, object?> ReadKey, Action<ByteWriter, object?> WriteKey, Func<ByteReader, object?> ReadValue, Action<ByteWriter, object?> WriteValue, object? Default, Type Type, int Bytes);
}
