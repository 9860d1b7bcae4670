// The sink of the simulation: idempotent by epoch, and outlives the process. An epoch that comes again must bring the very same changes.
// Like real sinks it comes in two kinds: one leaves an epoch it knows as it is, the other cuts off at its opening what the query has not committed.
using NUnit.Framework;

namespace StreamLinq.Tests.Faults;

internal sealed class Ledger<T>(bool cutsBack) : IStreamSink<T>
{
    private readonly SortedDictionary<long, (bool Replaces, Change<T>[] Changes)> _epochs = [];
    private readonly Dictionary<long, Change<T>[]> _seen = [];
    private IReadOnlyList<string> _keys = [];
    private OutputMode? _mode;

    /// <summary>What happens in the running process.</summary>
    internal Misfortunes? Life { get; set; }

    /// <summary>Every call, in order.</summary>
    internal List<string> Trace { get; } = [];

    /// <summary>What a rule of the contract was broken by; null: nothing.</summary>
    internal string? Broken { get; private set; }

    public string Description => "ledger";

    public SinkFeatures Features => SinkFeatures.Upserts | SinkFeatures.Deletes | SinkFeatures.Replaces | SinkFeatures.IdempotentByEpoch;

    public ValueTask<IStreamSinkWriter<T>> OpenAsync(SinkContext context, CancellationToken cancellationToken)
    {
        (_keys, _mode) = (context.KeyColumns, context.Mode);
        Trace.Add($"open after {context.LastCommittedEpoch}");
        if (cutsBack)
            foreach (var epoch in _epochs.Keys.Where(e => e > (context.LastCommittedEpoch ?? -1)).ToList()) _epochs.Remove(epoch);
        return new(new Writer(this, Life!));
    }

    /// <summary>The same sink once more, with all that it holds.</summary>
    internal Ledger<T> Copy(bool cutsBackNow)
    {
        var copy = new Ledger<T>(cutsBackNow);
        foreach (var (epoch, content) in _epochs) copy._epochs[epoch] = content;
        return copy;
    }

    /// <summary>The rows that all epochs together leave; each change must fit what is there.</summary>
    internal IReadOnlyList<T> Result()
    {
        var rows = new List<T>();
        foreach (var (epoch, (replaces, changes)) in _epochs)
        {
            if (replaces) rows.Clear();
            foreach (var (kind, row) in changes)
            {
                if (kind == ChangeKind.Upsert) rows.RemoveAll(r => KeyOf(r) == KeyOf(row));
                else if (kind == ChangeKind.Delete) Assert.That(_mode == OutputMode.Update ? rows.RemoveAll(r => KeyOf(r) == KeyOf(row)) == 1 : rows.Remove(row), $"epoch {epoch} takes back what is not there: {row}");
                if (kind != ChangeKind.Delete) rows.Add(row);
            }
        }

        return rows;
    }

    private string KeyOf(T row) => string.Join('|', _keys.Select(k => typeof(T).GetProperty(k)!.GetValue(row)));

    private void Keep(long epoch, bool replaces, List<Change<T>> changes)
    {
        if (!_seen.TryAdd(epoch, [.. changes]) && !_seen[epoch].SequenceEqual(changes))
            Broken ??= $"epoch {epoch} came again with other changes: first {string.Join(", ", _seen[epoch])}, then {string.Join(", ", changes)}";
        _epochs.TryAdd(epoch, (replaces, [.. changes]));
    }

    private sealed class Writer(Ledger<T> ledger, Misfortunes life) : IStreamSinkWriter<T>
    {
        private readonly List<Change<T>> _changes = [];
        private bool _replaces;

        public ValueTask WriteAsync(SinkBatch<T> batch, CancellationToken cancellationToken)
        {
            _replaces = batch.Replaces;
            var changes = batch.Changes.ToArray();
            ledger.Trace.Add($"write {batch.Epoch}: {string.Join(", ", changes)}");
            life.Call(Place.Sink, () => _changes.AddRange(changes));
            return life.AfterAsync();
        }

        public ValueTask FlushAsync(long epoch, CancellationToken cancellationToken)
        {
            ledger.Trace.Add($"flush {epoch}");
            life.Call(Place.Sink, () => ledger.Keep(epoch, _replaces, _changes));
            _changes.Clear();
            _replaces = false;
            return life.AfterAsync();
        }

        public ValueTask CommitAsync(long epoch, CancellationToken cancellationToken)
        {
            ledger.Trace.Add($"commit {epoch}");
            life.Call(Place.Sink, () =>
            {
                if (!ledger._epochs.ContainsKey(epoch)) ledger.Broken ??= $"epoch {epoch} is committed and was never flushed";
            });
            return life.AfterAsync();
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
