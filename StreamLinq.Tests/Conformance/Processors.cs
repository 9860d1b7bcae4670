// The processors of the stateful cases: their pseudo code in C#. Spark hands a processor all rows of a key in an epoch at once, here they come one by one; in the cases that are run a key has one row in an epoch.
using static StreamLinq.Tests.Conformance.CaseTime;

namespace StreamLinq.Tests.Conformance;

internal sealed record KeyAndText(string Key, string Text);

internal sealed record Happening(string Key, DateTimeOffset EventTime, string Event);

internal sealed record MapAction(string Key, string UserKey, string Action, int Value);

internal sealed record MapEntry(string Key, string UserKey, int Value);

/// <summary>Counts the rows of a key; at the third the count is forgotten and a text of the case is given instead, or nothing.</summary>
internal sealed class RunningCount : StatefulProcessor<string, string, KeyAndText>
{
    private readonly ValueState<int> _count;
    private readonly string? _atThree;

    internal RunningCount(string? atThree = null)
    {
        _count = Value<int>("count");
        _atThree = atThree;
    }

    public override void OnRow(string key, string row, IProcessContext<KeyAndText> context)
    {
        var count = _count.Value + 1;
        if (count < 3)
        {
            _count.Value = count;
            context.Emit(new(key, $"{count}"));
            return;
        }

        _count.Clear();
        if (_atThree is not null) context.Emit(new(key, _atThree));
    }
}

/// <summary>Counts the rows of a key, for ever.</summary>
internal sealed class EndlessCount : StatefulProcessor<string, string, KeyAndText>
{
    private readonly ValueState<int> _count;

    public EndlessCount() => _count = Value<int>("count");

    public override void OnRow(string key, string row, IProcessContext<KeyAndText> context)
    {
        _count.Value++;
        context.Emit(new(key, $"{_count.Value}"));
    }
}

/// <summary>Counts the rows of a key until none has come for ten seconds.</summary>
internal sealed class CountUntilSilence : StatefulProcessor<string, string, KeyAndText>
{
    private readonly ValueState<int> _count;
    private readonly ValueState<DateTimeOffset> _timeout;

    public CountUntilSilence()
    {
        _count = Value<int>("count");
        _timeout = Value<DateTimeOffset>("timeout");
    }

    public override void OnRow(string key, string row, IProcessContext<KeyAndText> context)
    {
        if (_timeout.Exists) context.DeleteTimer(_timeout.Value);
        _timeout.Value = context.Time + Seconds(10);
        context.SetTimer(_timeout.Value);
        _count.Value++;
        context.Emit(new(key, $"{_count.Value}"));
    }

    public override void OnTimer(string key, DateTimeOffset time, IProcessContext<KeyAndText> context)
    {
        _count.Clear();
        _timeout.Clear();
        context.Emit(new(key, "-1"));
    }
}

/// <summary>Counts rows; the first row of 'a' sets a timer, the second replaces it.</summary>
internal sealed class CountWithTimer : StatefulProcessor<string, string, KeyAndText>
{
    private readonly ValueState<int> _count;
    private readonly ValueState<DateTimeOffset> _timer;

    public CountWithTimer()
    {
        _count = Value<int>("count");
        _timer = Value<DateTimeOffset>("timer");
    }

    public override void OnRow(string key, string row, IProcessContext<KeyAndText> context)
    {
        var old = _count.Value;
        _count.Value = old + 1;
        if (key == "a" && old == 0) Set(context, Seconds(5));
        if (key == "a" && old == 1)
        {
            context.DeleteTimer(_timer.Value);
            Set(context, Ms(7500));
        }

        context.Emit(new(key, $"{_count.Value}"));
    }

    public override void OnTimer(string key, DateTimeOffset time, IProcessContext<KeyAndText> context)
    {
        _timer.Clear();
        context.Emit(new(key, "-1"));
    }

    private void Set(IProcessContext<KeyAndText> context, TimeSpan after)
    {
        _timer.Value = context.Time + after;
        context.SetTimer(_timer.Value);
    }
}

/// <summary>A map whose entries are forgotten a minute after they were written.</summary>
internal sealed class MapForAMinute : StatefulProcessor<string, MapAction, MapEntry>
{
    private readonly MapState<string, int> _map;

    public MapForAMinute() => _map = Map<string, int>("map", Minutes(1));

    public override void OnRow(string key, MapAction row, IProcessContext<MapEntry> context)
    {
        if (row.Action == "put") _map[row.UserKey] = row.Value;
        else if (_map.TryGet(row.UserKey, out var value)) context.Emit(new(key, row.UserKey, value));
    }
}

/// <summary>Gives one row for each.</summary>
internal sealed class One<T> : StatefulProcessor<string, T, int>
{
    public override void OnRow(string key, T row, IProcessContext<int> context) => context.Emit(1);
}

/// <summary>Gives the key of each row.</summary>
internal sealed class KeyOf<T> : StatefulProcessor<string, T, string>
{
    public override void OnRow(string key, T row, IProcessContext<string> context) => context.Emit(key);
}

/// <summary>Declares its state when it is too late.</summary>
internal sealed class LateDeclaration : StatefulProcessor<string, string, string>
{
    public override void OnRow(string key, string row, IProcessContext<string> context) => Value<int>("count").Value = 1;
}
