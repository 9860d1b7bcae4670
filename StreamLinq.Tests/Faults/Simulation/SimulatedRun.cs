// One schedule, drawn from a seed: a query over one or two sources lives several lives on one disk, each cut into epochs and ended by what the seed has in store, the last one undisturbed.
using System.Globalization;
using NUnit.Framework;
using StreamLinq.Embedded;

namespace StreamLinq.Tests.Faults;

internal sealed class SimulatedRun
{
    private const int MostLives = 6;
    private const int MostSteps = 6;

    private static readonly int[] WorkerCounts = [1, 1, 2, 16];

    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly Random _random;
    private readonly DrawnQuery _query;
    private readonly OutputMode? _mode;
    private readonly Reading[] _rows;
    private readonly MemorySource<Reading>[] _inputs;
    private readonly SimulatedSource<Reading>[] _sources;
    private readonly IStreamQueryable<Reading, AppendOnly>[] _roots;
    private readonly Ledger<Answer> _ledger;
    private readonly VirtualTimeProvider _clock = new(Start);
    private readonly TimeSpan? _slowness;
    private readonly CheckpointOptions _checkpoints;
    private readonly List<Reading>[] _added;
    private MemoryStorage _storage = new();
    private int _given;

    internal SimulatedRun(int seed)
    {
        _random = new Random(seed);
        _query = DrawnQuery.All[_random.Next(DrawnQuery.All.Length)];
        OutputMode[] modes = _query.HasKey ? [OutputMode.Update, OutputMode.Complete, OutputMode.Changelog] : [OutputMode.Complete, OutputMode.Changelog];
        _mode = _query.Table is null ? null : modes[_random.Next(modes.Length)];
        _rows = Draw();
        _inputs = [.. Enumerable.Range(0, _random.Next(4) == 0 ? 2 : 1).Select(_ => new MemorySource<Reading>())];
        _added = [.. _inputs.Select(_ => new List<Reading>())];
        _sources = [.. _inputs.Select(s => new SimulatedSource<Reading>(s))];
        _roots = [.. _sources.Select((s, i) => StreamSource.From(s, $"source {i}"))];
        _ledger = new Ledger<Answer>(cutsBack: _random.Next(2) == 0);
        // A disk that works beside the engine and folds in the background leave the order of calls to the threads, and the run is no function of the seed any more; its end is.
        _slowness = _random.Next(4) == 0 ? TimeSpan.FromSeconds(_random.Next(5)) : null;
        IsFunctionOfSeed = _slowness is null && _random.Next(3) != 0;
        _checkpoints = new CheckpointOptions
        {
            Layout = new CheckpointLayout { PageBytes = 1 << 13, SegmentBytes = 1 << 14 },
            PagesInMemory = 4,
            IndexBytes = 1 << 12,
            FoldBytesPerSecond = long.MaxValue,
            FoldEvery = TimeSpan.Zero,
            FoldAfterEpochs = IsFunctionOfSeed ? int.MaxValue : _random.Next(2, 6),
        };
    }

    /// <summary>Whether the same seed gives the same run, call by call.</summary>
    internal bool IsFunctionOfSeed { get; }

    /// <summary>How many lives ended badly.</summary>
    internal int Deaths { get; private set; }

    internal int Epochs { get; private set; }

    /// <summary>Everything the run did that may be seen from outside.</summary>
    internal List<string> Trace => _ledger.Trace;

    /// <summary>Lives all lives and compares the end with the batch answer.</summary>
    internal async Task RunAsync()
    {
        Say($"{_query.Name}, {_mode}, {_rows.Length} rows, {_inputs.Length} sources, slow: {_slowness}, folds after {_checkpoints.FoldAfterEpochs}");
        for (var lives = _random.Next(MostLives); lives > 0; lives--)
        {
            var life = new Misfortunes(_clock);
            for (var accidents = _random.Next(1, 4); accidents > 0; accidents--) AddAccident(life);
            Say($"life: {life.Text}");
            await LiveAsync(life, _random.Next(MostSteps), isLast: false);
            if (_random.Next(2) == 0) _storage = _storage.Crash(_random.Next());
        }

        await LiveAsync(new Misfortunes(_clock), MostSteps, isLast: true);
        Assert.That(_ledger.Broken, Is.Null);
        Assert.That(_ledger.Result(), Is.EquivalentTo(Expected()));
    }

    private async Task LiveAsync(Misfortunes life, int steps, bool isLast)
    {
        foreach (var source in _sources) source.Life = life;
        _ledger.Life = life;
        var disk = new SimulatedDisk(_storage, life, _slowness, _clock);
        var trigger = new SteppedTrigger();
        var options = new StreamingQueryOptions { Name = "simulated", Trigger = trigger, CheckpointLocation = "disk", MaxLatency = Timeout.InfiniteTimeSpan, MaxRowsPerEpoch = _random.Next(3) == 0 ? _random.Next(1, 6) : null };
        var engine = new StreamEngine(new StreamEngineOptions { TimeProvider = _clock, Storage = _ => disk, MaxAhead = TimeSpan.MaxValue, Checkpoints = _checkpoints, Workers = WorkerCounts[_random.Next(WorkerCounts.Length)] });
        StreamingQuery? query = null;
        try
        {
            query = await Pump(engine.StartAsync(Output(), options), disk);
            var running = query;
            var isStopped = false;
            life.Stop = () =>
            {
                isStopped = true;
                _ = running.StopAsync();
            };
            if (isLast) AddRows(_rows.Length);
            for (; steps > 0 && !isLast && !isStopped; steps--)
            {
                AddRows(_random.Next(5));
                if (_random.Next(3) == 0) _clock.Advance(TimeSpan.FromSeconds(_random.Next(40)));
                if (!await StepAsync(trigger, query, life, disk)) break;
            }

            if (isLast)
            {
                foreach (var input in _inputs) input.Complete();
                while (await Pump(trigger.StepAsync(), disk)) See(query);
            }
            else
            {
                if (_random.Next(2) == 0) life.Die();
            }
        }
        catch (Exception error) when (!isLast && IsExpected(error, life))
        {
            Say($"died: {(error as StreamLinqException)?.Code}");
            Deaths++;
        }
        finally
        {
            life.Release(false);
            await Pump(engine.DisposeAsync().AsTask(), disk, until: null);
        }

        if (isLast) Assert.That(query!.Exception, Is.Null);
        else if (query?.Exception is { } failure) Assert.That(IsExpected(failure, life), $"{failure}");
    }

    // One epoch. False: the query has ended, or was given up because its sink hangs.
    private async Task<bool> StepAsync(SteppedTrigger trigger, StreamingQuery query, Misfortunes life, SimulatedDisk disk)
    {
        var step = trigger.StepAsync();
        await Pump(Task.WhenAny(step), disk, life.Hung.Task);
        if (life.Hung.Task.IsCompleted && !step.IsCompleted)
        {
            // Who waits for it to stop can give up. Then the process is killed, or the sink comes back after all.
            using var patience = new CancellationTokenSource();
            var stop = query.StopAsync(patience.Token);
            await patience.CancelAsync();
            await stop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Assert.That(stop.IsCanceled, "nobody can give up waiting for it to stop");
            if (_random.Next(2) == 0) life.Die();
            life.Release(_random.Next(2) == 0);
            await Pump(Task.WhenAny(query.Completion), disk);
            Say($"gave up: {query.Exception?.Code}");
            return false;
        }

        await step;
        See(query);
        return true;
    }

    // Moves the clock as long as somebody waits for the disk.
    private async Task<TResult> Pump<TResult>(Task<TResult> task, SimulatedDisk disk)
    {
        await Pump(task, disk, until: null);
        return await task;
    }

    private async Task Pump(Task task, SimulatedDisk disk, Task? until)
    {
        var limit = DateTime.UtcNow.AddSeconds(60);
        while (_slowness is not null && !task.IsCompleted && until is not { IsCompleted: true })
        {
            if (disk.IsWaitedFor) _clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
            if (DateTime.UtcNow > limit) throw new TimeoutException("The query is stuck.");
        }

        if (until is not null) await Task.WhenAny(task, until).WaitAsync(TimeSpan.FromSeconds(60));
        else await task.WaitAsync(TimeSpan.FromSeconds(60));
    }

    private void See(StreamingQuery query)
    {
        if (query.LastProgress is not { } progress) return;
        Epochs++;
        Say($"epoch {progress.Epoch}: {string.Join("; ", progress.Sources.Select(s => $"{Text(s.Start)} to {Text(s.End)}"))} watermark {progress.Watermark?.Time:O} at {progress.Timestamp:O}");
    }

    private static string Text(IEnumerable<SourceOffset> offsets) => string.Join(",", offsets.Select(o => o.Position));

    private void Say(string what) => _ledger.Trace.Add(what);

    // Every failure has a code and says what to do. A disk that fails in a read may look damaged, one that works must not.
    private static bool IsExpected(Exception error, Misfortunes life) => error switch
    {
        StreamLinqException { Code: "SLQ2042" } => life.HasFailed || life.IsDead,
        StreamLinqException { Code: "SLQ2046" or "SLQ2005" } => life.HasFailed || life.IsDead,
        StreamLinqException { Code: "SLQ2003" or "SLQ2004" } => true,
        OperationCanceledException => true,
        InvalidOperationException ended => ended.Message == "The query has ended.",
        _ => false,
    };

    private void AddAccident(Misfortunes life)
    {
        var place = _random.Next(10) switch { < 6 => Place.Disk, < 9 => Place.Sink, _ => Place.Source };
        var accident = (Accident)_random.Next(place == Place.Sink ? 6 : 5);
        life.Add(place, place == Place.Disk ? _random.Next(1, 70) : _random.Next(1, 12), accident, _random.NextDouble());
    }

    // Rows come in the order of their times, but for the delay, and spread over the sources, so that none is late.
    private Reading[] Draw()
    {
        var time = Start;
        var rows = new Reading[_random.Next(40)];
        for (var i = 0; i < rows.Length; i++)
        {
            time += TimeSpan.FromSeconds(_random.Next(8) == 0 ? _random.Next(60) : _random.Next(5));
            rows[i] = new Reading(i, ((char)('a' + _random.Next(4))).ToString(CultureInfo.InvariantCulture), _random.Next(-5, 10), time - (DrawnQuery.Delay * _random.NextDouble()));
        }

        return rows;
    }

    private void AddRows(int count)
    {
        for (; count > 0 && _given < _rows.Length; count--)
        {
            var to = _random.Next(_inputs.Length);
            _inputs[to].Add(_rows[_given]);
            _added[to].Add(_rows[_given++]);
        }
    }

    private IStreamQueryable<Reading, AppendOnly> All => _roots.Length == 1 ? _roots[0] : _roots[0].Merge(_roots[1]);

    private StreamOutput Output() => _query.Table is null ? _query.Stream!(All).WriteTo(_ledger) : _query.Table(All).WriteTo(_ledger, _mode!);

    private IReadOnlyList<Answer> Expected()
    {
        if (_query.Answer is not null) return [.. _query.Answer(_rows)];
        return _query.Table is null ? Over(_query.Stream!(All)) : Over(_query.Table(All));

        IReadOnlyList<Answer> Over<TKind>(IStreamQueryable<Answer, TKind> query) where TKind : QueryKind =>
            _roots.Length == 1 ? query.Over(_roots[0], _added[0]).ToList() : query.Over(_roots[0], _added[0]).Over(_roots[1], _added[1]).ToList();
    }
}
