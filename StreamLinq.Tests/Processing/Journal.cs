// A processor that does what its rows say and tells what it sees, and the same thing again as a model: lists and loops, no operator, no storage, nothing ever freed.
using System.Globalization;

namespace StreamLinq.Tests.Processing;

internal enum Do { SetValue, ClearValue, AddItem, ClearItems, SetEntry, RemoveEntry, SetTimer, DeleteTimer, Nothing }

internal sealed record Command(Do Do, int Argument);

internal sealed class Journal : StatefulProcessor<int, Command, string>
{
    internal static readonly TimeSpan ValueLife = TimeSpan.FromTicks(9), ItemLife = TimeSpan.FromTicks(6), EntryLife = TimeSpan.FromTicks(12);

    private readonly ValueState<int?> _value;
    private readonly ListState<string> _items;
    private readonly MapState<string, decimal> _entries;

    public Journal(bool lives)
    {
        _value = Value<int?>("value", lives ? ValueLife : null);
        _items = List<string>("items", lives ? ItemLife : null);
        _entries = Map<string, decimal>("entries", lives ? EntryLife : null);
    }

    public override void OnRow(int key, Command row, IProcessContext<string> context)
    {
        Tell(key, "row", context);
        switch (row.Do)
        {
            case Do.SetValue: _value.Value = row.Argument; break;
            case Do.ClearValue: _value.Clear(); break;
            case Do.AddItem: _items.Add($"i{row.Argument}"); break;
            case Do.ClearItems: _items.Clear(); break;
            case Do.SetEntry: _entries[$"k{row.Argument % 3}"] = row.Argument; break;
            case Do.RemoveEntry: _entries.Remove($"k{row.Argument % 3}"); break;
            case Do.SetTimer: context.SetTimer(context.Time.AddTicks(row.Argument - 4)); break;
            case Do.DeleteTimer: context.DeleteTimer(context.Time.AddTicks(row.Argument - 4)); break;
        }
    }

    public override void OnTimer(int key, DateTimeOffset time, IProcessContext<string> context)
    {
        Tell(key, "timer", context);
        _items.Add("t");
        if (time.Ticks % 3 == 0) context.SetTimer(time.AddTicks(5));
    }

    private void Tell(int key, string what, IProcessContext<string> context) => context.Emit(string.Create(CultureInfo.InvariantCulture,
        $"{key} {what} {context.Time.Ticks} v={(_value.Exists ? _value.Value : -1)} n={_items.Count} [{string.Join(',', _items.Values)}] {{{string.Join(',', _entries.Entries.Select(e => $"{e.Key}={e.Value}"))}}}"
        + $" {(_entries.TryGet("k1", out var one) ? one : -1)} w={context.Watermark.Time.Ticks}"));
}

/// <summary>What Journal must say. Rows come with a key, a command and a time; an epoch has a watermark, or a clock where there is no event time.</summary>
internal sealed class JournalModel(bool lives, bool hasEventTime)
{
    private readonly Dictionary<int, (long At, int Value)?> _value = [];
    private readonly Dictionary<int, List<(long At, string Item)>> _items = [];
    private readonly Dictionary<int, SortedDictionary<string, (long At, decimal Value)>> _entries = new();
    private readonly List<(long At, int Key, bool Waits)> _timers = [];
    private readonly List<string> _said = [];
    private long _last = long.MinValue;

    public IReadOnlyList<string> Epoch(long watermark, long clock, IEnumerable<(int Key, Command Row, long Time)> rows)
    {
        _said.Clear();
        var until = hasEventTime ? watermark : clock;
        var isEnd = hasEventTime && watermark == long.MaxValue;
        for (var i = 0; i < _timers.Count; i++) _timers[i] = _timers[i] with { Waits = false };
        foreach (var (key, row, given) in rows)
        {
            var time = hasEventTime ? given : clock;
            var now = hasEventTime ? Math.Max(time, _last) : clock;
            Tell(key, "row", time, now, watermark);
            var at = time + row.Argument - 4;
            var k = $"k{row.Argument % 3}";
            switch (row.Do)
            {
                case Do.SetValue: _value[key] = (now, row.Argument); break;
                case Do.ClearValue: _value[key] = null; break;
                case Do.AddItem: Items(key).Add((now, $"i{row.Argument}")); break;
                case Do.ClearItems: Items(key).Clear(); break;
                case Do.SetEntry: Entries(key)[k] = (now, row.Argument); break;
                case Do.RemoveEntry: Entries(key).Remove(k); break;
                case Do.SetTimer: Set(at, key, at <= until && !isEnd); break;
                case Do.DeleteTimer: _timers.RemoveAll(t => t.At == at && t.Key == key); break;
            }
        }

        while (_timers.Where(t => !t.Waits && t.At <= until).OrderBy(t => t.At).ThenBy(t => t.Key).Select(t => ((long, int, bool)?)t).FirstOrDefault() is { } due)
        {
            _timers.Remove(due);
            var (time, key, _) = due;
            var now = hasEventTime ? Math.Max(time, _last) : clock;
            Tell(key, "timer", time, now, watermark);
            Items(key).Add((now, "t"));
            if (time % 3 == 0 && !isEnd) Set(time + 5, key, time + 5 <= until);
        }

        _last = watermark;
        return [.. _said];
    }

    private void Set(long at, int key, bool waits)
    {
        if (!_timers.Exists(t => t.At == at && t.Key == key)) _timers.Add((at, key, waits));
    }

    private List<(long At, string Item)> Items(int key) => _items.TryGetValue(key, out var items) ? items : _items[key] = [];

    private SortedDictionary<string, (long At, decimal Value)> Entries(int key) => _entries.TryGetValue(key, out var entries) ? entries : _entries[key] = new(StringComparer.Ordinal);

    private bool Lives(long at, TimeSpan life, long now) => !lives || now < at + life.Ticks;

    private void Tell(int key, string what, long time, long now, long watermark)
    {
        var value = _value.GetValueOrDefault(key) is { } v && Lives(v.At, Journal.ValueLife, now) ? v.Value : -1;
        var items = Items(key).Where(i => Lives(i.At, Journal.ItemLife, now)).Select(i => i.Item).ToList();
        var entries = Entries(key).Where(e => Lives(e.Value.At, Journal.EntryLife, now)).ToDictionary(e => e.Key, e => e.Value.Value);
        var w = !hasEventTime || watermark < 0 ? 0 : Math.Min(watermark, DateTimeOffset.MaxValue.Ticks);
        _said.Add(string.Create(CultureInfo.InvariantCulture, $"{key} {what} {time} v={value} n={items.Count} [{string.Join(',', items)}] {{{string.Join(',', entries.Select(e => $"{e.Key}={e.Value}"))}}}")
            + string.Create(CultureInfo.InvariantCulture, $" {(entries.TryGetValue("k1", out var one) ? one : -1)} w={w}"));
    }
}
