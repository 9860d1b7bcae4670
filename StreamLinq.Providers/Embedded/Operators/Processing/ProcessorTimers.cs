// The timers of a processor, in the order in which they fire: by time, then by the bytes of the key. That order is the same whatever was set first, and after every restart.
namespace StreamLinq.Embedded;

internal readonly record struct ProcessorTimer(long At, ProcessorKey Key)
{
    // HashCode is seeded; the halves of a long go in one by one, because its own hash could be made the same for many times.
    public override int GetHashCode() => HashCode.Combine((int)At, (int)(At >> 32), Key);
}

/// <summary>Single writer. A table of the checkpoint, named as the operator.</summary>
internal sealed class ProcessorTimers(ProcessorStorage storage, bool byEventTime) : IKeyedTable
{
    private const int TimerBytes = 96;

    private static readonly Comparer<ProcessorTimer> Order = Comparer<ProcessorTimer>.Create((a, b) =>
        a.At != b.At ? a.At.CompareTo(b.At) : ReferenceEquals(a.Key, b.Key) ? 0 : a.Key.Bytes.AsSpan().SequenceCompareTo(b.Key.Bytes));

    private readonly SortedSet<ProcessorTimer> _timers = new(Order);
    private readonly SortedSet<ProcessorTimer> _next = new(Order);
    private readonly Dictionary<ProcessorTimer, bool> _before = [];
    private readonly ByteWriter _bytes = new();
    private readonly ByteReader _reader = new();

    public string Name => storage.Name;

    public string Schema => $"{storage.KeySchema}, {(byEventTime ? "event time" : "clock")} -> ";

    public long MemoryBytes => (long)(_timers.Count + _next.Count) * TimerBytes;

    /// <summary>The time of the earliest one.</summary>
    public long? Earliest => (_timers.Count, _next.Count) switch
    {
        (0, 0) => null,
        (_, 0) => _timers.Min.At,
        (0, _) => _next.Min.At,
        _ => Math.Min(_timers.Min.At, _next.Min.At),
    };

    /// <summary>Sets a timer; the same one twice is one.</summary>
    /// <param name="timer">The timer.</param>
    /// <param name="inNextEpoch">Whether it must wait for the next epoch; one that is set already and need not wait goes on as it is.</param>
    public void Set(ProcessorTimer timer, bool inNextEpoch)
    {
        if (_timers.Contains(timer) || _next.Contains(timer)) return;
        Note(timer, wasThere: false);
        (inNextEpoch ? _next : _timers).Add(timer);
        timer.Key.Entries++;
    }

    public void Delete(ProcessorTimer timer)
    {
        if (_timers.Remove(timer) || _next.Remove(timer)) Gone(timer);
    }

    /// <summary>Takes the first timer that is due and need not wait.</summary>
    public bool TryTake(long until, out ProcessorTimer timer)
    {
        timer = default;
        if (_timers.Count == 0 || _timers.Min.At > until) return false;
        timer = _timers.Min;
        _timers.Remove(timer);
        Gone(timer);
        return true;
    }

    private void Gone(ProcessorTimer timer)
    {
        timer.Key.Entries--;
        Note(timer, wasThere: true);
    }

    private void Note(ProcessorTimer timer, bool wasThere)
    {
        timer.Key.IsChanged = true;
        _before.TryAdd(timer, wasThere);
    }

    public ulong HashOf(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong seed)
    {
        _reader.Load(key);
        return storage.HashOf(_reader, seed);
    }

    public void Restore(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        _reader.Load(key);
        var owner = storage.Find(_reader);
        var at = _reader.ReadInt64();
        if (!_reader.AtEnd || value.Length > 0) CodecErrors.ThrowDamaged($"{_reader.Remaining + value.Length} bytes are left over");
        _timers.Add(new ProcessorTimer(at, owner));
        owner.Entries++;
        owner.IsKept = true;
    }

    public void WriteChanges(StateDelta delta, int table)
    {
        foreach (var (timer, wasThere) in _before)
        {
            var isThere = _timers.Contains(timer) || _next.Contains(timer);
            if (isThere == wasThere) continue;
            _bytes.Clear();
            _bytes.WriteBytes(timer.Key.Bytes);
            _bytes.WriteInt64(timer.At);
            if (isThere) delta.Put(table, _bytes.Written, default);
            else delta.Remove(table, _bytes.Written);
        }
    }

    public void EndEpoch()
    {
        _timers.UnionWith(_next);
        _next.Clear();
        _before.Clear();
    }
}
