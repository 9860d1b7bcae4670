// The resident table of a group-by: open addressing, key and accumulators side by side, one probe per row. Beside each slot stands the epoch that last touched it:
// it tells free slots from taken ones, and the first touch of an epoch notes what the group's result was, so that changes can be sent and written without a scan.
using System.Runtime.CompilerServices;

namespace StreamLinq.Embedded;

/// <summary>A key with its accumulators.</summary>
internal struct GroupEntry<TKey, TAccumulator>
{
    public TKey Key;
    public TAccumulator Accumulator;
}

/// <summary>A group that the running epoch has touched.</summary>
/// <param name="Slot">Where it is.</param>
/// <param name="Existed">Whether it was there before the epoch.</param>
/// <param name="Old">Its result before the epoch, if it was.</param>
internal readonly record struct TouchedGroup<TResult>(int Slot, bool Existed, TResult? Old);

/// <summary>What a group gives: its key and its aggregates as one row.</summary>
internal delegate TResult GroupResult<TKey, TAccumulator, TResult>(TKey key, TAccumulator accumulator);

/// <summary>Single writer, no locks.</summary>
internal sealed class GroupTable<TKey, TAccumulator, TResult, THash> where THash : struct, IKeyHash<TKey>
{
    private const int FirstCapacity = 256;
    private const uint Restored = 1;

    private readonly ulong _seed;
    private readonly GroupResult<TKey, TAccumulator, TResult> _result;
    private readonly Func<TKey, TKey>? _canonical;
    private uint[] _epochs = new uint[FirstCapacity];
    private TouchedGroup<TResult>[] _touched = new TouchedGroup<TResult>[64];
    private int _shift = 64 - 8;
    private uint _epoch = Restored + 1;
    private int _touchedCount;

    /// <param name="seed">The query's seed.</param>
    /// <param name="result">Computes a group's row.</param>
    /// <param name="canonical">Gives the one form of a key that is kept; null where equal keys have only one form.</param>
    public GroupTable(ulong seed, GroupResult<TKey, TAccumulator, TResult> result, Func<TKey, TKey>? canonical)
    {
        _seed = seed;
        _result = result;
        _canonical = canonical;
    }

    /// <summary>The slots. Compiled loops write accumulators here; the array is another one after the table has grown, so it is read again after each <see cref="Slot"/>.</summary>
    public GroupEntry<TKey, TAccumulator>[] Entries = new GroupEntry<TKey, TAccumulator>[FirstCapacity];

    public int Count { get; private set; }

    public ReadOnlySpan<TouchedGroup<TResult>> Touched => _touched.AsSpan(0, _touchedCount);

    public long MemoryBytes => ((long)Entries.Length * (Unsafe.SizeOf<GroupEntry<TKey, TAccumulator>>() + sizeof(uint))) + ((long)_touched.Length * Unsafe.SizeOf<TouchedGroup<TResult>>());

    /// <summary>The slot of a key, which is made if it is not there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Slot(TKey key)
    {
        var epochs = _epochs;
        var entries = Entries;
        var slot = (int)(default(THash).Hash(key, _seed) >> _shift);
        while (true)
        {
            var epoch = epochs[slot];
            if (epoch == 0) return Insert(slot, key);
            if (EqualityComparer<TKey>.Default.Equals(entries[slot].Key, key))
            {
                if (epoch != _epoch) Touch(slot);
                return slot;
            }

            slot = (slot + 1) & (epochs.Length - 1);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Touch(int slot)
    {
        _epochs[slot] = _epoch;
        ref var entry = ref Entries[slot];
        Note(new TouchedGroup<TResult>(slot, true, _result(entry.Key, entry.Accumulator)));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private int Insert(int slot, TKey key)
    {
        if ((Count + 1) * 4L > Entries.Length * 3L)
        {
            Grow();
            slot = Free(key);
        }

        Count++;
        _epochs[slot] = _epoch;
        Entries[slot].Key = _canonical is null ? key : _canonical(key);
        Note(new TouchedGroup<TResult>(slot, false, default));
        return slot;
    }

    private void Note(TouchedGroup<TResult> touched)
    {
        if (_touchedCount == _touched.Length) Array.Resize(ref _touched, _touchedCount * 2);
        _touched[_touchedCount++] = touched;
    }

    private int Free(TKey key)
    {
        var slot = (int)(default(THash).Hash(key, _seed) >> _shift);
        while (_epochs[slot] != 0) slot = (slot + 1) & (_epochs.Length - 1);
        return slot;
    }

    private void Grow()
    {
        var (oldEntries, oldEpochs) = (Entries, _epochs);
        Entries = new GroupEntry<TKey, TAccumulator>[oldEntries.Length * 2];
        _epochs = new uint[oldEntries.Length * 2];
        _shift--;
        for (var old = 0; old < oldEntries.Length; old++)
        {
            if (oldEpochs[old] == 0) continue;
            var slot = Free(oldEntries[old].Key);
            Entries[slot] = oldEntries[old];
            _epochs[slot] = oldEpochs[old];
        }

        for (var i = 0; i < _touchedCount; i++) _touched[i] = _touched[i] with { Slot = Find(oldEntries[_touched[i].Slot].Key) };
    }

    /// <summary>The slot of a key that is there.</summary>
    private int Find(TKey key)
    {
        var slot = (int)(default(THash).Hash(key, _seed) >> _shift);
        while (!EqualityComparer<TKey>.Default.Equals(Entries[slot].Key, key) || _epochs[slot] == 0) slot = (slot + 1) & (_epochs.Length - 1);
        return slot;
    }

    /// <summary>The row of a group as it is now.</summary>
    public TResult Result(int slot)
    {
        ref var entry = ref Entries[slot];
        return _result(entry.Key, entry.Accumulator);
    }

    /// <summary>Puts back a group from a checkpoint; it does not count as touched.</summary>
    public void Restore(TKey key, TAccumulator accumulator)
    {
        var slot = Slot(key);
        Entries[slot].Accumulator = accumulator;
        _epochs[slot] = Restored;
        _touchedCount = 0;
    }

    /// <summary>The slots in use, in no order that means anything.</summary>
    public IEnumerable<int> Slots()
    {
        for (var slot = 0; slot < Entries.Length; slot++)
            if (_epochs[slot] != 0) yield return slot;
    }

    /// <summary>Ends the epoch: removes groups that are gone and forgets what was touched.</summary>
    public void EndEpoch(IReadOnlyList<TKey> gone)
    {
        _touchedCount = 0;
        if (_touched.Length > 1 << 16) _touched = new TouchedGroup<TResult>[64];
        else Array.Clear(_touched);
        _epoch++;
        foreach (var key in gone) Remove(key);
    }

    // Linear probing without tombstones: what follows moves up, so that no search ends too early.
    private void Remove(TKey key)
    {
        var mask = Entries.Length - 1;
        var hole = Find(key);
        Count--;
        for (var next = (hole + 1) & mask; _epochs[next] != 0; next = (next + 1) & mask)
        {
            var home = (int)(default(THash).Hash(Entries[next].Key, _seed) >> _shift);
            if (((next - home) & mask) < ((next - hole) & mask)) continue;
            Entries[hole] = Entries[next];
            _epochs[hole] = _epochs[next];
            hole = next;
        }

        Entries[hole] = default;
        _epochs[hole] = 0;
    }
}
