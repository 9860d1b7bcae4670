// The state of a stopped query as rows, without the query: for support and for tests. Fields get their names and types from what the checkpoint says of them; no type of the query's is loaded.
using Microsoft.Extensions.Logging.Abstractions;
using StreamLinq.Embedded;

namespace StreamLinq;

/// <summary>A table of state in a checkpoint.</summary>
/// <param name="Name">Its name; the operator's, or the operator's and that of a part.</param>
/// <param name="Operator">The operator.</param>
/// <param name="Schema">How its entries lie in the checkpoint.</param>
/// <param name="Fields">What its rows hold: the name of each field, and what the operator computes it from where it is a key or an aggregate.</param>
/// <param name="Rows">How many entries it has.</param>
/// <param name="CompleteSince">Since when it is complete; null: since the query first started.</param>
public sealed record StateTable(string Name, string Operator, string Schema, IReadOnlyList<string> Fields, long Rows, DateTimeOffset? CompleteSince);

/// <summary>An epoch of which the checkpoint keeps the record.</summary>
/// <param name="Epoch">Its number.</param>
/// <param name="Timestamp">When it was planned.</param>
/// <param name="Sources">What it read.</param>
public sealed record CommittedEpoch(long Epoch, DateTimeOffset Timestamp, IReadOnlyList<CommittedRange> Sources);

/// <summary>What an epoch read of a source.</summary>
/// <param name="Source">The source's name.</param>
/// <param name="Start">Where it began, per partition; a partition that is not there was begun at its beginning.</param>
/// <param name="End">Where it ended.</param>
public sealed record CommittedRange(string Source, IReadOnlyList<SourceOffset> Start, IReadOnlyList<SourceOffset> End);

/// <summary>
/// Reads the state of a query from its checkpoint, or from a savepoint. The folder is locked while it is open, and never changed. For one thread at a time.
/// </summary>
public sealed class StateReader : IAsyncDisposable
{
    private const int DefaultLimit = 10_000;
    private readonly IDisposable _lock;
    private readonly Checkpoint _checkpoint;
    private readonly Dictionary<int, (StoredOperator Table, EntryFields Fields)> _tables = [];

    private StateReader(IDisposable folderLock, Checkpoint checkpoint)
    {
        _lock = folderLock;
        _checkpoint = checkpoint;
    }

    /// <summary>The query's id.</summary>
    public Guid QueryId => _checkpoint.QueryId;

    /// <summary>The last committed epoch, whose state this is; null: none is.</summary>
    public long? Epoch => _checkpoint.LastCommitted?.Epoch;

    /// <summary>The last committed epochs, oldest first; at least <see cref="StreamingQueryOptions.RetainedEpochs"/> of them if there were as many.</summary>
    public IReadOnlyList<CommittedEpoch> Epochs => [.. _checkpoint.Committed.Select(e => new CommittedEpoch(e.Epoch, new DateTimeOffset(e.ClockUtcTicks, TimeSpan.Zero), [.. e.Sources.Select(s => new CommittedRange(s.Source, s.Start, s.End))]))];

    /// <summary>Where the last committed epoch left each source.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<SourceOffset>> Offsets { get; private set; } = new Dictionary<string, IReadOnlyList<SourceOffset>>();

    /// <summary>The watermarks the last committed epoch ran with, by the engine's own names; those that stand for no time yet, or for the end, are left out.</summary>
    public IReadOnlyDictionary<string, DateTimeOffset> Watermarks { get; private set; } = new Dictionary<string, DateTimeOffset>();

    /// <summary>The tables.</summary>
    public IReadOnlyList<StateTable> Tables { get; private set; } = [];

    /// <summary>Opens a checkpoint that no query has open, and counts its entries.</summary>
    /// <exception cref="StreamLinqException">The folder is in use (SLQ2040), damaged (SLQ2042), of a newer format (SLQ2044) or not a checkpoint (SLQ2041, SLQ2048).</exception>
    public static Task<StateReader> OpenAsync(string folder, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        return OpenAsync(FileStorage.Existing(folder), new CheckpointOptions(), cancellationToken);
    }

    internal static async Task<StateReader> OpenAsync(IStorage storage, CheckpointOptions options, CancellationToken cancellationToken)
    {
        var folderLock = storage.Lock();
        Checkpoint? checkpoint = null;
        try
        {
            if (!storage.List("").Contains(Manifest.FileName)) throw CheckpointErrors.NotASavepoint(storage.Location, "there is no manifest.json in it, so it is not a checkpoint.");
            checkpoint = await Checkpoint.OpenAsync(new OverlayStorage(storage, takesLock: false), storage.Location, "", [], options, NullLogger.Instance, cancellationToken).ConfigureAwait(false);
            var reader = new StateReader(folderLock, checkpoint);
            await reader.DescribeAsync(storage.Location, cancellationToken).ConfigureAwait(false);
            return reader;
        }
        catch
        {
            if (checkpoint is not null) await checkpoint.DisposeAsync().ConfigureAwait(false);
            folderLock.Dispose();
            throw;
        }
    }

    private async Task DescribeAsync(string location, CancellationToken cancellationToken)
    {
        var tables = await _checkpoint.ReadOnlyAsync(cancellationToken).ConfigureAwait(false);
        foreach (var table in tables)
        {
            try
            {
                _tables.Add(table.Id, (table, EntryFields.Of(table)));
            }
            catch (FormatException e)
            {
                throw CheckpointErrors.Damaged(location, Manifest.FileName, $"the state of '{table.Name}' is not described as it should be: {e.Message}", e);
            }
        }

        var counts = new Dictionary<int, long>();
        await _checkpoint.RestoreAsync((id, _, _) => counts[id] = counts.GetValueOrDefault(id) + 1, cancellationToken).ConfigureAwait(false);
        Tables = [.. _tables.Values.Select(t => new StateTable(t.Table.Name, t.Table.Operator, t.Table.Schema, [.. t.Fields.Fields.Where(f => f.Name.Length > 0).Select(Described)], counts.GetValueOrDefault(t.Table.Id), t.Table.CompleteSince))];
        if (_checkpoint.LastCommitted is not { } last) return;
        Offsets = last.Sources.ToDictionary(s => s.Source, s => s.End, StringComparer.Ordinal);
        Watermarks = last.Watermarks.Where(w => w.Value >= 0 && w.Value < EpochTime.EndOfTime && w.Value <= DateTimeOffset.MaxValue.UtcTicks).ToDictionary(w => w.Key, w => new DateTimeOffset(w.Value, TimeSpan.Zero), StringComparer.Ordinal);
    }

    private static string Described(EntryField field) => field.IsFrame ? field.Name : $"{field.Name} = {field.Id[(field.Id.IndexOf(' ', StringComparison.Ordinal) + 1)..]}";

    /// <summary>Reads entries of a table, in no order that means anything.</summary>
    /// <param name="table">The table's name.</param>
    /// <param name="limit">How many at most; they are all in memory at once.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <exception cref="KeyNotFoundException">There is no such table.</exception>
    /// <exception cref="StreamLinqException">An entry does not fit what the checkpoint says of it (SLQ2050).</exception>
    public async Task<IReadOnlyList<StateRow>> ReadAsync(string table, int limit = DefaultLimit, CancellationToken cancellationToken = default)
    {
        var (stored, fields) = _tables.Values.FirstOrDefault(t => t.Table.Name == table);
        if (stored is null) throw new KeyNotFoundException($"There is no table '{table}' in the checkpoint. There are: {string.Join(", ", Tables.Select(t => t.Name))}.");
        var rows = new List<StateRow>();
        await _checkpoint.RestoreAsync(
            (id, key, value) =>
            {
                if (id == stored.Id && rows.Count < limit) rows.Add(new StateRow(fields, fields.Read(key, value)));
            },
            cancellationToken).ConfigureAwait(false);
        return rows;
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _checkpoint.DisposeAsync().ConfigureAwait(false);
        _lock.Dispose();
    }
}
