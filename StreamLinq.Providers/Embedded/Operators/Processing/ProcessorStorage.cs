// The storage behind the state variables of one processor: it knows which key is being worked on and what time it is for that call, keeps what the epoch has touched,
// and finds what has outlived its time to live without looking at every key.
namespace StreamLinq.Embedded;

/// <summary>Single writer.</summary>
/// <param name="name">The operator's name.</param>
/// <param name="keySchema">The schema of its keys.</param>
/// <param name="find">Reads a key and gives what is kept of it, making it if it is not there.</param>
/// <param name="hash">Reads a key and gives its hash under a seed.</param>
internal sealed class ProcessorStorage(string name, string keySchema, Func<ByteReader, ProcessorKey> find, Func<ByteReader, ulong, ulong> hash) : IProcessorStorage
{
    private readonly List<ProcessorCells> _cells = [];
    private readonly List<ProcessorKey> _touched = [];
    private readonly PriorityQueue<ProcessorKey, long> _expiries = new();
    private ProcessorKey? _current;

    public string Name => name;

    public string KeySchema => keySchema;

    public IReadOnlyList<ProcessorCells> Cells => _cells;

    /// <summary>The keys the epoch has touched, in the order of their first touch.</summary>
    public IReadOnlyList<ProcessorKey> Touched => _touched;

    /// <summary>The time of the call, in UTC ticks, from which and by which time to live is counted.</summary>
    public long Now { get; private set; }

    public bool HasCurrent => _current is not null;

    public ProcessorKey Current => _current ?? throw new InvalidOperationException("State and context of a processor can be used during OnRow and OnTimer only.");

    public IValueCell<V> Value<V>(string state, TimeSpan? timeToLive) => Add(new ValueCells<V>(this, _cells.Count, state, timeToLive));

    public IListCell<V> List<V>(string state, TimeSpan? timeToLive) => Add(new ListCells<V>(this, _cells.Count, state, timeToLive));

    public IMapCell<K, V> Map<K, V>(string state, TimeSpan? timeToLive) where K : notnull => Add(new MapCells<K, V>(this, _cells.Count, state, timeToLive));

    private C Add<C>(C cells) where C : ProcessorCells
    {
        _cells.Add(cells);
        return cells;
    }

    public ProcessorKey Find(ByteReader reader) => find(reader);

    public ulong HashOf(ByteReader reader, ulong seed) => hash(reader, seed);

    /// <summary>From here on the state variables show this key.</summary>
    public void Enter(ProcessorKey key, long now)
    {
        Touch(key);
        _current = key;
        Now = now;
    }

    public void Leave() => _current = null;

    private void Touch(ProcessorKey key)
    {
        if (key.IsTouched) return;
        key.IsTouched = true;
        _touched.Add(key);
    }

    /// <summary>Something of the key lives until then.</summary>
    public void Expires(ProcessorKey key, long at)
    {
        if (at >= key.SweepAt) return;
        key.SweepAt = at;
        _expiries.Enqueue(key, at);
    }

    /// <summary>Frees all that has lived until then or shorter.</summary>
    public void Sweep(long until)
    {
        while (_expiries.TryPeek(out var key, out var at) && at <= until)
        {
            _expiries.Dequeue();
            // Written again since, or gone: then it stands in the queue at another place, or nowhere.
            if (key.SweepAt != at) continue;
            key.SweepAt = long.MaxValue;
            Touch(key);
            foreach (var cells in _cells)
            {
                if (cells.Expires) Expires(key, cells.Sweep(key, until));
            }
        }
    }

    public void EndEpoch()
    {
        foreach (var cells in _cells) cells.EndEpoch();
        foreach (var key in _touched)
        {
            key.IsTouched = key.IsChanged = false;
            key.IsKept = key.Entries > 0;
            if (!key.IsKept) key.SweepAt = long.MaxValue;
        }

        _touched.Clear();
    }
}
