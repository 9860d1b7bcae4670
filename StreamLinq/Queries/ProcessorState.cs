// The state variables of a processor, and the hooks by which an engine gives them storage. A variable is a name until then.
using System.Diagnostics.CodeAnalysis;

namespace StreamLinq;

/// <summary>A state variable of a <see cref="StatefulProcessor{TKey, TIn, TOut}"/>: shows the state of the key that is being worked on. Not thread-safe, like the processor.</summary>
public abstract class ProcessorState
{
    private protected ProcessorState(string name, TimeSpan? timeToLive)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        if (timeToLive is { } time) Durations.Positive(time, nameof(timeToLive));
        Name = name;
        TimeToLive = timeToLive;
    }

    /// <summary>The name it is stored under.</summary>
    public string Name { get; }

    /// <summary>How long after its last write state is forgotten; null: never.</summary>
    public TimeSpan? TimeToLive { get; }

    internal abstract void Bind(IProcessorStorage storage);

    private protected C Bound<C>(C? cell) where C : class => cell ?? throw new InvalidOperationException($"The state '{Name}' can be used in OnRow and OnTimer only.");
}

/// <summary>One value per key.</summary>
/// <typeparam name="V">The value.</typeparam>
public sealed class ValueState<V> : ProcessorState
{
    private IValueCell<V>? _cell;

    internal ValueState(string name, TimeSpan? timeToLive) : base(name, timeToLive) { }

    /// <summary>Whether a value was set for this key and is still there.</summary>
    public bool Exists => Bound(_cell).TryGet(out _);

    /// <summary>The value; the default of its type where there is none. Setting counts as a write, also of an equal value.</summary>
    public V? Value
    {
        get => Bound(_cell).TryGet(out var value) ? value : default;
        set => Bound(_cell).Set(value!);
    }

    /// <summary>Removes the value.</summary>
    public void Clear() => Bound(_cell).Clear();

    internal override void Bind(IProcessorStorage storage) => _cell = storage.Value<V>(Name, TimeToLive);
}

/// <summary>A list per key.</summary>
/// <typeparam name="V">The items.</typeparam>
public sealed class ListState<V> : ProcessorState
{
    private IListCell<V>? _cell;

    internal ListState(string name, TimeSpan? timeToLive) : base(name, timeToLive) { }

    /// <summary>The items in the order in which they were added. Do not change the list while going through them.</summary>
    public IEnumerable<V> Values => Bound(_cell).Values;

    /// <summary>How many there are.</summary>
    public int Count => Bound(_cell).Count;

    /// <summary>Adds an item at the end.</summary>
    public void Add(V value) => Bound(_cell).Add(value);

    /// <summary>Removes all items.</summary>
    public void Clear() => Bound(_cell).Clear();

    internal override void Bind(IProcessorStorage storage) => _cell = storage.List<V>(Name, TimeToLive);
}

/// <summary>A map per key.</summary>
/// <typeparam name="K">The keys of the map.</typeparam>
/// <typeparam name="V">The values.</typeparam>
public sealed class MapState<K, V> : ProcessorState where K : notnull
{
    private IMapCell<K, V>? _cell;

    internal MapState(string name, TimeSpan? timeToLive) : base(name, timeToLive) { }

    /// <summary>The value of a map key, if there is one.</summary>
    public bool TryGet(K key, [MaybeNullWhen(false)] out V value) => Bound(_cell).TryGet(key, out value);

    /// <summary>Sets the value of a map key.</summary>
    [SuppressMessage("Design", "CA1044:Properties should not be write only", Justification = "Reading is TryGet, which says what happens where there is nothing.")]
    public V this[K key]
    {
        set => Bound(_cell).Set(key, value);
    }

    /// <summary>Removes a map key; nothing happens if it is not there.</summary>
    public void Remove(K key) => Bound(_cell).Remove(key);

    /// <summary>All entries, in an order that is the same whenever the query runs again. Do not change the map while going through them.</summary>
    public IEnumerable<KeyValuePair<K, V>> Entries => Bound(_cell).Entries;

    internal override void Bind(IProcessorStorage storage) => _cell = storage.Map<K, V>(Name, TimeToLive);
}

/// <summary>Storage for the state of a processor. What it gives out follows the key that the engine works on.</summary>
internal interface IProcessorStorage
{
    IValueCell<V> Value<V>(string name, TimeSpan? timeToLive);

    IListCell<V> List<V>(string name, TimeSpan? timeToLive);

    IMapCell<K, V> Map<K, V>(string name, TimeSpan? timeToLive) where K : notnull;
}

internal interface IValueCell<V>
{
    bool TryGet([MaybeNullWhen(false)] out V value);

    void Set(V value);

    void Clear();
}

internal interface IListCell<V>
{
    IEnumerable<V> Values { get; }

    int Count { get; }

    void Add(V value);

    void Clear();
}

internal interface IMapCell<K, V> where K : notnull
{
    IEnumerable<KeyValuePair<K, V>> Entries { get; }

    bool TryGet(K key, [MaybeNullWhen(false)] out V value);

    void Set(K key, V value);

    void Remove(K key);
}
