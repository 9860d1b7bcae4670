// A part of an open window that has left memory, as one file: its groups sorted into parts by their hash, each part with a checksum. A part is read whole and in order when the window closes,
// so that closing needs no look-up per key; parts of the same number from several files hold the same keys. The checkpoint does not know these files: they are made anew from it after a restart.
namespace StreamLinq.Embedded;

/// <summary>Single user.</summary>
internal sealed class PaneRun<TKey, TState>
{
    internal const int Parts = 1 << PartBits;
    private const int PartBits = 6;
    private readonly IStorage _storage;
    private readonly string _name;
    private readonly Codec<TKey> _keys;
    private readonly Codec<TState> _states;
    private readonly long[] _starts = new long[Parts + 1];
    private readonly uint[] _sums = new uint[Parts];

    private PaneRun(IStorage storage, string name, int generation, Codec<TKey> keys, Codec<TState> states)
    {
        _storage = storage;
        _name = name;
        Generation = generation;
        _keys = keys;
        _states = states;
    }

    /// <summary>Which of the pane's stretches between two departures it holds, from 0.</summary>
    internal int Generation { get; }

    internal long Count { get; private set; }

    /// <summary>The part that a key with this hash is in.</summary>
    internal static int PartOf(ulong hash) => (int)(hash >> (64 - PartBits));

    internal long BytesOf(int part) => _starts[part + 1] - _starts[part];

    /// <summary>Writes all groups of a table.</summary>
    internal static PaneRun<TKey, TState> Write<TResult, THash>(
        GroupTable<TKey, TState, TResult, THash> table, int generation, IStorage storage, string name, Codec<TKey> keys, Codec<TState> states) where THash : struct, IKeyHash<TKey>
    {
        var run = new PaneRun<TKey, TState>(storage, name, generation, keys, states) { Count = table.Count };
        var slots = table.SlotsByPart(PartOf, Parts, out var starts);
        var bytes = new ByteWriter();
        using var file = storage.Open(name, create: true)!;
        for (var part = 0; part < Parts; part++)
        {
            bytes.Clear();
            foreach (var slot in slots.AsSpan(starts[part]..starts[part + 1]))
            {
                ref var entry = ref table.Entries[slot];
                keys.Write(bytes, entry.Key);
                states.Write(bytes, entry.Accumulator);
            }

            file.Write(run._starts[part], bytes.Written);
            run._starts[part + 1] = run._starts[part] + bytes.Length;
            run._sums[part] = Crc32C.Of(bytes.Written);
        }

        return run;
    }

    /// <summary>Visits the groups of a part. Throws SLQ2042 if the file is not as it was written.</summary>
    internal void Read(int part, ByteReader reader, Action<TKey, TState> visit)
    {
        var length = checked((int)BytesOf(part));
        if (length == 0) return;
        var bytes = new byte[length];
        using (var file = _storage.Open(_name, create: false))
        {
            if (file is null || file.Read(_starts[part], bytes) != length || Crc32C.Of(bytes) != _sums[part])
                throw CheckpointErrors.Damaged(_storage.Location, _name, "a part of a window is not as it was written");
        }

        reader.Reset(bytes);
        while (!reader.AtEnd)
        {
            var key = _keys.Read(reader);
            visit(key, _states.Read(reader));
        }
    }

    internal void Delete() => _storage.Delete(_name);
}
