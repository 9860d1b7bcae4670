// A processor declares state by name and uses it once the engine has given it storage; a pattern is built step by step.
using System.Diagnostics.CodeAnalysis;
using NUnit.Framework;

namespace StreamLinq.Tests.Language;

public sealed class ProcessorTests
{
    [Test]
    public void State_works_once_it_is_bound()
    {
        var counter = new Counter();
        Assert.That(() => counter.Total.Value, Throws.InvalidOperationException.With.Message.Contains("'total' can be used in OnRow and OnTimer only"));
        counter.Bind(new Storage());
        Assert.That(counter.Total.Exists, Is.False);
        counter.Total.Value += 2;
        counter.Seen.Add("a");
        counter.Last["k"] = 7;
        Assert.Multiple(() =>
        {
            Assert.That(counter.Total.Value, Is.EqualTo(2));
            Assert.That(counter.Seen.Values, Is.EqualTo(new[] { "a" }));
            Assert.That(counter.Seen.Count, Is.EqualTo(1));
            Assert.That(counter.Last.TryGet("k", out var last) ? last : 0, Is.EqualTo(7));
            Assert.That(counter.States.Select(s => s.Name), Is.EqualTo(new[] { "total", "seen", "last" }));
        });
        counter.Total.Clear();
        counter.Seen.Clear();
        counter.Last.Remove("k");
        Assert.That(counter.Total.Exists || counter.Seen.Count > 0 || counter.Last.Entries.Any(), Is.False);
    }

    [Test]
    public void Two_states_of_one_name_are_refused() => Assert.That(() => new Counter("total"), Throws.ArgumentException.With.Message.Contains("has a state named 'total' already"));

    [Test]
    public void State_declared_after_the_start_is_refused()
    {
        var counter = new Counter();
        counter.Bind(new Storage());
        Assert.That(() => counter.Declare(), Throws.InvalidOperationException.With.Message.Contains("constructor of Counter"));
    }

    [Test]
    public void A_pattern_keeps_its_steps_in_order()
    {
        var pattern = RowPattern<string>.Empty.Begin("a", w => w == "a").Times(2, 5).Next("b", (w, m) => w != m.Last("a")).FollowedBy("c", w => w == "c").Optional().Within(TimeSpan.FromMinutes(1));
        Assert.That(pattern.Steps.Select(s => (s.Name, s.Adjacent, s.Min, s.Max)), Is.EqualTo(new[] { ("a", true, 2, 5), ("b", true, 1, 1), ("c", false, 0, 1) }));
        Assert.That(pattern.Span, Is.EqualTo(TimeSpan.FromMinutes(1)));
    }

    [Test]
    public void A_pattern_that_makes_no_sense_is_refused() =>
        Assert.Multiple(() =>
        {
            var one = RowPattern<string>.Empty.Begin("a", w => w == "a");
            Assert.That(() => one.Begin("b", w => true), Throws.InvalidOperationException);
            Assert.That(() => one.Next("a", w => true), Throws.ArgumentException);
            Assert.That(() => one.Times(3, 2), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => RowPattern<string>.Empty.Optional(), Throws.InvalidOperationException);
        });

    private sealed class Counter : StatefulProcessor<string, string, long>
    {
        public Counter(string seen = "seen")
        {
            Total = Value<long>("total");
            Seen = List<string>(seen);
            Last = Map<string, int>("last", TimeSpan.FromHours(1));
        }

        public ValueState<long> Total { get; }

        public ListState<string> Seen { get; }

        public MapState<string, int> Last { get; }

        public ValueState<int> Declare() => Value<int>("late");

        public override void OnRow(string key, string row, IProcessContext<long> context) => context.Emit(++Total.Value);
    }

    private sealed class Storage : IProcessorStorage
    {
        public IValueCell<V> Value<V>(string name, TimeSpan? timeToLive) => new Cell<V>();

        public IListCell<V> List<V>(string name, TimeSpan? timeToLive) => new Items<V>();

        public IMapCell<K, V> Map<K, V>(string name, TimeSpan? timeToLive) where K : notnull => new Pairs<K, V>();
    }

    private sealed class Cell<V> : IValueCell<V>
    {
        private (bool Set, V? Value) _state;

        public bool TryGet([MaybeNullWhen(false)] out V value)
        {
            value = _state.Value;
            return _state.Set;
        }

        public void Set(V value) => _state = (true, value);

        public void Clear() => _state = default;
    }

    private sealed class Items<V> : IListCell<V>
    {
        private readonly List<V> _items = [];

        public IEnumerable<V> Values => _items;

        public int Count => _items.Count;

        public void Add(V value) => _items.Add(value);

        public void Clear() => _items.Clear();
    }

    private sealed class Pairs<K, V> : IMapCell<K, V> where K : notnull
    {
        private readonly Dictionary<K, V> _pairs = [];

        public IEnumerable<KeyValuePair<K, V>> Entries => _pairs;

        public bool TryGet(K key, [MaybeNullWhen(false)] out V value) => _pairs.TryGetValue(key, out value);

        public void Set(K key, V value) => _pairs[key] = value;

        public void Remove(K key) => _pairs.Remove(key);
    }
}
