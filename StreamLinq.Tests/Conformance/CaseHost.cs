// What a case runs on: where the trigger does not matter, the test harness, an epoch for each 'add'; where it does, an engine with that trigger.
using System.Threading.Channels;
using StreamLinq.Embedded;

namespace StreamLinq.Tests.Conformance;

/// <summary>Runs one query for a case. A query that fails throws <see cref="StreamingQueryException"/> from the call in which it failed.</summary>
internal abstract class CaseHost : IAsyncDisposable
{
    /// <summary>The query as it runs now, or ran last.</summary>
    internal abstract StreamingQuery Query { get; }

    /// <summary>Makes a source that rows can be added to.</summary>
    internal abstract (IStreamQueryable<T, AppendOnly> Rows, Action<T[]> Add) Source<T>(string name);

    internal abstract Task StartAsync(Func<IReadOnlyList<StreamOutput>> output);

    /// <summary>Runs what was added, if it is up to the host.</summary>
    internal abstract Task RunAddedAsync();

    internal abstract Task AdvanceAsync(TimeSpan by);

    internal abstract Task RestartAsync();

    internal abstract Task ForgetLastCommitAsync();

    internal virtual Task RunToEndAsync(Trigger trigger) => throw new InvalidOperationException("The case has no trigger that ends.");

    internal virtual Task AdvanceWatermarkAsync(DateTimeOffset to) => throw new InvalidOperationException("The host cannot move the watermark.");

    internal virtual Task CompleteAsync() => throw new InvalidOperationException("The host cannot end its sources.");

    public abstract ValueTask DisposeAsync();
}

/// <summary>The test harness. A restart is a crash: what is not durable by then is lost.</summary>
internal sealed class SteppedHost(IReadOnlyList<int> workers) : CaseHost
{
    private readonly StreamTestHarness _harness = new() { Workers = workers };
    private readonly List<Func<Task>> _complete = [];

    internal override StreamingQuery Query => _harness.Query;

    internal override (IStreamQueryable<T, AppendOnly> Rows, Action<T[]> Add) Source<T>(string name)
    {
        var source = _harness.Source<T>(name);
        _complete.Add(source.CompleteAsync);
        return (source.Rows, rows => source.Add(rows));
    }

    internal override Task StartAsync(Func<IReadOnlyList<StreamOutput>> output) => _harness.StartAsync(output());

    internal override Task RunAddedAsync() => _harness.RunUntilIdleAsync();

    internal override Task AdvanceWatermarkAsync(DateTimeOffset to) => _harness.AdvanceWatermarkAsync(to);

    internal override async Task AdvanceAsync(TimeSpan by)
    {
        _harness.Advance(by);
        await _harness.RunUntilIdleAsync();
    }

    internal override async Task RestartAsync()
    {
        await _harness.CrashAndRecoverAsync();
        await _harness.RunUntilIdleAsync();
    }

    internal override Task ForgetLastCommitAsync() => _harness.ForgetLastCommitAsync();

    internal override async Task CompleteAsync()
    {
        foreach (var complete in _complete) await complete();
    }

    public override ValueTask DisposeAsync() => _harness.DisposeAsync();
}

/// <summary>An engine with a trigger of the case, on virtual time and storage in memory. Processing-time queries run all the while; those that end by themselves run when the case says so.</summary>
internal sealed class TriggeredHost : CaseHost
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly SleepingClock _clock = new();
    private readonly MemoryStorage _storage = new();
    private readonly StreamEngine _engine;
    private readonly TimeSpan? _interval;
    private Func<IReadOnlyList<StreamOutput>>? _output;
    private StreamingQuery? _query;

    internal TriggeredHost(TimeSpan? interval)
    {
        _interval = interval;
        _engine = new StreamEngine(new StreamEngineOptions { TimeProvider = _clock, Storage = _ => _storage });
    }

    internal override StreamingQuery Query => _query!;

    internal override (IStreamQueryable<T, AppendOnly> Rows, Action<T[]> Add) Source<T>(string name)
    {
        var source = new MemorySource<T>();
        return (StreamSource.From(source, name), rows => source.Add(rows));
    }

    internal override async Task StartAsync(Func<IReadOnlyList<StreamOutput>> output)
    {
        _output = output;
        if (_interval is null) return;
        await OpenAsync(Trigger.ProcessingTime(_interval.Value));
        await AsleepAsync();
    }

    internal override Task RunAddedAsync() => Task.CompletedTask;

    internal override async Task AdvanceAsync(TimeSpan by)
    {
        _clock.Advance(by);
        await AsleepAsync();
    }

    internal override async Task RestartAsync()
    {
        await Query.StopAsync();
        await StartAsync(_output!);
    }

    internal override async Task RunToEndAsync(Trigger trigger)
    {
        await OpenAsync(trigger);
        await Query.Completion.WaitAsync(Patience);
    }

    // The query has ended; another one, that never starts an epoch, is opened over its checkpoint to take the record back.
    internal override async Task ForgetLastCommitAsync()
    {
        var stepped = new SteppedTrigger();
        await OpenAsync(stepped);
        await stepped.Ask(async query =>
        {
            await query.Run.Checkpoint!.ForgetLastCommitAsync(CancellationToken.None);
            return true;
        });
        await Query.StopAsync();
    }

    private async Task AsleepAsync() => await await Task.WhenAny(_clock.AsleepAsync(), Query.Completion).WaitAsync(Patience);

    private async Task OpenAsync(Trigger trigger) =>
        _query = await _engine.StartAsync(_output!(), new StreamingQueryOptions { Name = "case", Trigger = trigger, CheckpointLocation = "memory", MaxLatency = Timeout.InfiniteTimeSpan });

    public override ValueTask DisposeAsync() => _engine.DisposeAsync();

    // A query that waits for its next tick makes a timer: then all that the ticks so far have started is done. Time jumps: whatever comes due on the way fires at its end,
    // as a clock that moved on its way would let the query run at any of the times between.
    private sealed class SleepingClock : TimeProvider
    {
        private readonly Lock _lock = new();
        private readonly List<Alarm> _alarms = [];
        private readonly Channel<Alarm> _made = Channel.CreateUnbounded<Alarm>();
        private DateTimeOffset _now = DateTimeOffset.UnixEpoch;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override DateTimeOffset GetUtcNow()
        {
            lock (_lock) return _now;
        }

        public override long GetTimestamp() => GetUtcNow().UtcTicks;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var alarm = new Alarm(this, () => callback(state));
            alarm.Change(dueTime, period);
            _made.Writer.TryWrite(alarm);
            return alarm;
        }

        internal void Advance(TimeSpan by)
        {
            Alarm[] due;
            lock (_lock)
            {
                _now += by;
                due = [.. _alarms.Where(a => a.Due <= _now)];
                _alarms.RemoveAll(a => a.Due <= _now);
            }

            foreach (var alarm in due) alarm.Fire();
        }

        internal Task AsleepAsync() => _made.Reader.ReadAsync().AsTask();

        private sealed class Alarm(SleepingClock clock, Action fire) : ITimer
        {
            internal DateTimeOffset Due { get; private set; }

            internal void Fire() => fire();

            public bool Change(TimeSpan dueTime, TimeSpan period)
            {
                Dispose();
                if (dueTime == Timeout.InfiniteTimeSpan) return true;
                lock (clock._lock)
                {
                    Due = clock._now + dueTime;
                    clock._alarms.Add(this);
                }

                return true;
            }

            public void Dispose()
            {
                lock (clock._lock) clock._alarms.Remove(this);
            }

            public ValueTask DisposeAsync()
            {
                Dispose();
                return ValueTask.CompletedTask;
            }
        }
    }
}
