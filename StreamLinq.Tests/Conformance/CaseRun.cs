// Interprets the steps of a case: the rows and the answers come from the file, the query from the test. A step that is not known here fails, so that no part of a case is passed over.
using System.Text.Json;
using NUnit.Framework;

namespace StreamLinq.Tests.Conformance;

/// <summary>One run of one case: name its inputs, then give it the query.</summary>
internal sealed class CaseRun : IAsyncDisposable
{
    private readonly Dictionary<string, Action<JsonElement>> _add = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Action<JsonElement>> _remove = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Action<string>> _addFile = new(StringComparer.Ordinal);

    internal CaseRun(string id, Disturbance disturbance = Disturbance.None)
    {
        Case = ConformanceCase.Of(id);
        Disturbance = disturbance;
        TestContext.Out.WriteLine(Case.Description);
        var trigger = Case.Setting("trigger");
        Host = trigger is null && !Case.HasStep("runAvailableNow") ? new SteppedHost(disturbance == Disturbance.Workers ? [2, 16, 1] : [1])
            : new TriggeredHost(trigger?.Split(' ') is ["processingTime", var interval] ? TimeSpan.FromSeconds(int.Parse(interval.TrimEnd('s'))) : null);
    }

    internal ConformanceCase Case { get; }

    internal CaseHost Host { get; }

    internal Disturbance Disturbance { get; }

    /// <summary>The step from which on a case pins something that is otherwise here; the test says what. Null: it is run to its end.</summary>
    internal string? Until { get; init; }

    /// <summary>Whether less may be kept than the case says, where that is a bound and shows in no row.</summary>
    internal bool MayKeepLess { get; init; }

    /// <summary>An input of the case as a stream of T.</summary>
    internal IStreamQueryable<T, AppendOnly> Input<T>(string name)
    {
        Assert.That(Case.Json.GetProperty("input").EnumerateObject().Any(i => i.Name == name || i.Name == "static:" + name), $"The case has no input {name}.");
        var (rows, add) = Host.Source<T>(name);
        _add[name] = json => add(CaseRows.Read<T>(json));
        _addFile[name] = path => add(CaseRows.ReadFile<T>(path));
        return rows;
    }

    /// <summary>An input of the case whose rows are also removed, as a stream of changes.</summary>
    internal IStreamQueryable<Change<T>, AppendOnly> Changes<T>(string name)
    {
        var (rows, add) = Host.Source<Change<T>>(name);
        _add[name] = json => add([.. CaseRows.Read<T>(json).Select(row => new Change<T>(ChangeKind.Insert, row))]);
        _remove[name] = json => add([.. CaseRows.Read<T>(json).Select(row => new Change<T>(ChangeKind.Delete, row))]);
        return rows;
    }

    /// <summary>An input that the test feeds itself.</summary>
    internal void Input<T>(string name, Action<T> add) => _add[name] = json => Array.ForEach(CaseRows.Read<T>(json), add);

    internal void Add(JsonElement streams)
    {
        foreach (var stream in streams.EnumerateObject()) _add[stream.Name](stream.Value);
    }

    internal void Remove(JsonElement streams)
    {
        foreach (var stream in streams.EnumerateObject()) _remove[stream.Name](stream.Value);
    }

    internal void AddFile(JsonElement streams)
    {
        foreach (var stream in streams.EnumerateObject()) _addFile[stream.Name](Case.File(stream.Value.GetString()!));
    }

    /// <summary>Runs the case over a stream, whatever the case's mode: a stream has none.</summary>
    internal Task RunAsync<T>(IStreamQueryable<T, AppendOnly> stream, IEnumerable<T>? formula = null) => new CaseSteps<T>(this, formula).RunAsync(steps => [stream.WriteTo(steps.Sink)]);

    /// <summary>The same for a case whose rows come out here when windows close: all of them are compared at the end, with those that the case does not wait for.</summary>
    internal Task RunToTheEndAsync<T>(IStreamQueryable<T, AppendOnly> stream, params T[] rest) => new CaseSteps<T>(this, rest: rest).RunAsync(steps => [stream.WriteTo(steps.Sink)]);

    /// <summary>The same, with the late rows as a second output of the query.</summary>
    internal Task RunAsync<T, L>(IStreamQueryable<T, AppendOnly> stream, IStreamQueryable<L, AppendOnly> late)
    {
        var lateRows = new MemorySink<L>();
        return new CaseSteps<T>(this, late: (expected, step) => Assert.That(lateRows.Rows, Is.EquivalentTo(CaseRows.Read<L>(expected)), $"{step}"))
            .RunAsync(steps => [stream.WriteTo(steps.Sink), late.WriteTo(lateRows)]);
    }

    /// <summary>Runs the case over a table, in the case's mode; where it tells changes, in Changelog mode.</summary>
    internal Task RunAsync<T>(IStreamQueryable<T, Table> table)
    {
        var mode = Case.HasStep("expectDelta") ? OutputMode.Changelog : Case.OutputMode == "complete" ? OutputMode.Complete : OutputMode.Update;
        return new CaseSteps<T>(this).RunAsync(steps => [table.WriteTo(steps.Sink, mode)]);
    }

    /// <summary>Runs the case with a function for each epoch, which hands on what it got.</summary>
    internal Task RunAsync<T>(Func<Action<long, IEnumerable<T>>, StreamOutput> output) => new CaseSteps<T>(this).RunAsync(steps => [output(steps.HandOver)]);

    /// <summary>Runs a case over a bounded table twice: as a batch, and as a stream that ends. Both must give the answer.</summary>
    internal Task RunBatchAsync<S, T>(string name, Func<IStreamQueryable<S, AppendOnly>, IStreamQueryable<T, AppendOnly>> query)
    {
        var rows = query(Input<S>(name));
        var input = Case.Steps.Where(s => s.TryGetProperty("add", out _)).SelectMany(s => CaseRows.Read<S>(s.GetProperty("add").GetProperty(name)));
        var answer = Case.Steps.Single(s => s.TryGetProperty("expectResult", out _)).GetProperty("expectResult");
        Assert.That(rows.Over(input).ToList(), Is.EquivalentTo(CaseRows.Read<T>(answer)), "as a batch");
        return RunAsync(rows);
    }

    public ValueTask DisposeAsync() => Host.DisposeAsync();
}

/// <summary>The steps over results of one type.</summary>
internal sealed class CaseSteps<T>(CaseRun run, IEnumerable<T>? formula = null, Action<JsonElement, JsonElement>? late = null, T[]? rest = null)
{
    private readonly List<(long Epoch, T[] Rows)> _handed = [];
    private readonly CaseProgress _progress = new(run.Case, run.MayKeepLess);
    private readonly List<T> _expected = [.. rest ?? []];
    private Exception? _failure;
    private bool _hasRun;
    private int _seenBatches;

    internal MemorySink<T> Sink { get; private set; } = new();

    private bool IsComplete => run.Case.OutputMode == "complete";

    internal void HandOver(long epoch, IEnumerable<T> rows) => _handed.Add((epoch, [.. rows]));

    internal async Task RunAsync(Func<CaseSteps<T>, IReadOnlyList<StreamOutput>> output)
    {
        await Doing(() => run.Host.StartAsync(() => output(this)));
        foreach (var step in run.Case.Steps.TakeWhile(s => run.Until is null || !s.TryGetProperty(run.Until, out _)))
        {
            if (_failure is not null && !step.TryGetProperty("expectError", out _)) throw new AssertionException($"Before step {step}: {_failure.Message}", _failure);
            await DisturbAsync();
            foreach (var part in step.EnumerateObject()) await DoAsync(part.Name, part.Value, step);
        }

        Assert.That(_failure, Is.Null);
        if (rest is null) return;
        await Doing(run.Host.CompleteAsync);
        Assert.That(Sink.Rows, Is.EquivalentTo(_expected));
    }

    private async Task DisturbAsync()
    {
        if (run.Disturbance == Disturbance.None || run.Host is not SteppedHost || _failure is not null) return;
        if (run.Disturbance == Disturbance.Replay && _progress.Count > 0) await run.Host.ForgetLastCommitAsync();
        await Doing(run.Host.RestartAsync);
    }

    private async Task DoAsync(string name, JsonElement value, JsonElement step)
    {
        switch (name)
        {
            case "add" or "addFile":
                if (name == "add") run.Add(value);
                else run.AddFile(value);
                _hasRun = false;
                await Doing(run.Host.RunAddedAsync);
                break;
            case "remove":
                // Part of the epoch of the 'add' that follows.
                run.Remove(value);
                break;
            case "drain":
                // Every 'add' has run all there was to do already.
                break;
            case "finish":
                await Doing(run.Host.CompleteAsync);
                break;
            case "expectResult":
                await Doing(run.Host.CompleteAsync);
                Compare(Sink.Rows, value, step);
                break;
            case "advanceWatermarkMs":
                await Doing(() => run.Host.AdvanceWatermarkAsync(CaseTime.AtMs(value.GetInt64())));
                break;
            case "restart":
                await Doing(run.Host.RestartAsync);
                break;
            case "forgetLastCommit":
                await Doing(run.Host.ForgetLastCommitAsync);
                break;
            case "clearSink":
                Sink = new MemorySink<T>();
                _seenBatches = 0;
                break;
            case "runOnce":
                await EndAsync(Trigger.Once);
                break;
            case "runAvailableNow":
                await EndAsync(Trigger.AvailableNow);
                break;
            case "expectDataEpochs":
                Assert.That(run.Host.Query.RecentProgress.Count(p => p.InputRows > 0), Is.EqualTo(value.GetInt32()), $"{step}");
                break;
            case "advanceProcessingTime":
                await Doing(() => run.Host.AdvanceAsync(TimeSpan.FromSeconds(value.GetInt32())));
                break;
            case "expectError":
                Assert.That(_failure, Is.Not.Null, $"{step}");
                if (step.TryGetProperty("at", out var at)) Assert.That(_failure is StreamingQueryException, Is.EqualTo(at.GetString() == "epoch"), _failure!.Message);
                TestContext.Out.WriteLine(_failure!.Message);
                _failure = null;
                break;
            case "expectAccepted":
                Assert.That(run.Host.Query.IsActive);
                break;
            default:
                Check(name, value, step);
                break;
        }
    }

    private void Check(string name, JsonElement value, JsonElement step)
    {
        switch (name)
        {
            case "expectNew" when rest is not null:
                _expected.AddRange(CaseRows.Read<T>(value));
                break;
            case "expectState" when rest is not null:
            case "expectOperatorWatermark":
                // What is kept, and which watermark an operator has, shows in the rows that come out.
                break;
            case "expectLast":
                Compare(IsComplete ? Sink.Rows : LastRows(), value, step);
                New();
                break;
            case "expectNew":
                Compare(IsComplete ? Sink.Rows : Plain(New()), value, step);
                break;
            case "expectAll":
                Compare(IsComplete ? Sink.Rows : Plain(Sink.Batches.SelectMany(b => b.Changes)), value, step);
                New();
                break;
            case "expectFinal":
                Compare(Sink.Rows, value, step);
                break;
            case "expectDelta":
                Delta(value, step);
                break;
            case "expectLastFormula":
                Assert.That(LastRows(), Is.EqualTo(formula!), value.GetString());
                break;
            case "expectEpoch":
                Assert.That(_handed[^1].Epoch, Is.EqualTo(value.GetProperty("id").GetInt64()), $"{step}");
                Compare(_handed[^1].Rows, value.GetProperty("rows"), step);
                break;
            case "expectEpochId":
                Assert.That(_progress.LastEpoch, Is.EqualTo(value.GetInt64()), $"{step}");
                break;
            case "expectState":
                _progress.State(value, step);
                break;
            case "expectStateByOperator":
                _progress.StateByOperator(value, step);
                break;
            case "expectMetric":
                _progress.Metric(value, step);
                break;
            case "expectWatermark":
                // Spark has a watermark of 1970 before it has one.
                Assert.That(_progress.Watermark ?? DateTimeOffset.UnixEpoch, Is.EqualTo(CaseRows.Row<DateTimeOffset>(value)), $"{step}");
                break;
            case "expectLateSideOutput":
                late!(value, step);
                break;
            case "expectEventTime":
                // The least, the largest and the average event time of an epoch are not in the progress here; the answers and the watermark say what it must say.
                break;
            case "at" or "note" or "ordered" or "maxRowsPerEpoch":
                break;
            default:
                throw new AssertionException($"The step '{name}' of {run.Case.Id} is not known: {step}");
        }
    }

    // A failure is what some cases are about, so it waits for the next step.
    private async Task Doing(Func<Task> what)
    {
        try
        {
            await what();
        }
        catch (Exception error) when (error is StreamingQueryException or StreamLinqException)
        {
            _failure = error;
        }

        if (_failure is StreamLinqException and not StreamingQueryException || run.Host is TriggeredHost { Query: null }) return;
        if (_progress.Add(run.Host.Query.RecentProgress)) _hasRun = true;
    }

    private async Task EndAsync(Trigger trigger)
    {
        _hasRun = false;
        await Doing(() => run.Host.RunToEndAsync(trigger));
    }

    private T[] LastRows() => _hasRun ? Plain(Sink.Batches.Where(b => b.Epoch == _progress.LastEpoch).SelectMany(b => b.Changes)) : [];

    private List<Change<T>> New()
    {
        var batches = Sink.Batches;
        var changes = batches.Skip(_seenBatches).SelectMany(b => b.Changes).ToList();
        _seenBatches = batches.Count;
        return changes;
    }

    private static T[] Plain(IEnumerable<Change<T>> changes)
    {
        var all = changes.ToArray();
        Assert.That(all.Select(c => c.Kind), Has.None.EqualTo(ChangeKind.Delete));
        return [.. all.Select(c => c.Row)];
    }

    private static void Compare(IEnumerable<T> rows, JsonElement expected, JsonElement step)
    {
        var answer = CaseRows.Read<T>(expected);
        if (step.TryGetProperty("ordered", out var ordered) && ordered.GetBoolean()) Assert.That(rows, Is.EqualTo(answer), $"{step}");
        else Assert.That(rows, Is.EquivalentTo(answer), $"{step}");
    }

    private void Delta(JsonElement expected, JsonElement step)
    {
        var changes = New().Select(c => (c.Row, Weight: c.Kind == ChangeKind.Delete ? -1 : 1));
        Assert.That(changes, Is.EquivalentTo(expected.EnumerateArray().Select(c => (CaseRows.Row<T>(c.GetProperty("row")), c.GetProperty("weight").GetInt32()))), $"{step}");
    }
}
