// A source behind a journal. Rows are taken from the input when an epoch is planned, written and made durable, and always read back from the journal, so that the first read and a replay give the same.
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace StreamLinq.Sources;

internal sealed class JournaledSource<T>(IStreamSource<T> input, string path, long segmentBytes = 64L << 20) : IStreamSource<T>
{
    private const int BatchRows = 1024;

    private static readonly JsonSerializerOptions Json = new() { IncludeFields = true };

    public string Description => $"{input.Description}, journaled in {path}";

    public bool IsReplayable => true;

    public async ValueTask<IStreamReader<T>> OpenAsync(SourceContext context, CancellationToken cancellationToken)
    {
        var journal = Journal.Open(path, segmentBytes);
        try
        {
            var read = CountPosition.Of(context.Start, Description);
            if (read > journal.Count) throw Short(journal, read);
            return new Reader(this, journal, await input.OpenAsync(context with { Start = journal.Offsets }, cancellationToken).ConfigureAwait(false));
        }
        catch
        {
            journal.Dispose();
            throw;
        }
    }

    private StreamLinqException Short(Journal journal, long read) => SourceErrors.JournalDamaged(path, $"it holds {journal.Count} rows and the checkpoint has read {read}");

    private sealed class Reader(JournaledSource<T> source, Journal journal, IStreamReader<T> input) : IStreamReader<T>, ISourceCounters
    {
        private bool _ended;

        public long RejectedRows => input is ISourceCounters counters ? counters.RejectedRows : 0;

        public async ValueTask<SourceProgressPoint> GetLatestAsync(IReadOnlyList<SourceOffset> current, ReadLimit limit, CancellationToken cancellationToken)
        {
            var from = CountPosition.Of(current, source.Description);
            var backlog = journal.Count - from;
            if (backlog < 0) throw source.Short(journal, from);
            if (!_ended && !(backlog >= limit.MaxRows)) await PullAsync(new ReadLimit(limit.MaxRows - backlog), cancellationToken).ConfigureAwait(false);
            var to = limit.MaxRows is { } most && journal.Count - from > most ? from + most : journal.Count;
            return new SourceProgressPoint(to == from ? current : [CountPosition.Offset(to)], _ended && to == journal.Count);
        }

        public async IAsyncEnumerable<ReadOnlyMemory<T>> ReadAsync(OffsetRange range, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            var from = CountPosition.Parse(range.From, source.Description);
            var to = CountPosition.Parse(range.To, source.Description);
            if (from >= to) yield break;
            var rows = new T[Math.Min(BatchRows, to - from)];
            var count = 0;
            foreach (var json in journal.Read(from, to))
            {
                rows[count++] = JsonSerializer.Deserialize<T>(json.Span, Json)!;
                if (count < rows.Length) continue;
                cancellationToken.ThrowIfCancellationRequested();
                yield return rows;
                rows = new T[rows.Length];
                count = 0;
            }

            if (count > 0) yield return rows.AsMemory(0, count);
            await ValueTask.CompletedTask.ConfigureAwait(false);
        }

        public ValueTask CommitAsync(IReadOnlyList<SourceOffset> offsets, CancellationToken cancellationToken)
        {
            journal.Release(CountPosition.Of(offsets, source.Description));
            return ValueTask.CompletedTask;
        }

        public ValueTask FixEndAsync(CancellationToken cancellationToken) => input.FixEndAsync(cancellationToken);

        public ValueTask WaitAsync(IReadOnlyList<SourceOffset> current, CancellationToken cancellationToken) =>
            _ended || journal.Count > CountPosition.Of(current, source.Description) ? ValueTask.CompletedTask : input.WaitAsync(journal.Offsets, cancellationToken);

        public async ValueTask DisposeAsync()
        {
            await input.DisposeAsync().ConfigureAwait(false);
            journal.Dispose();
        }

        private async ValueTask PullAsync(ReadLimit limit, CancellationToken cancellationToken)
        {
            var before = journal.Offsets.ToDictionary(o => o.Partition, o => o.Position, StringComparer.Ordinal);
            var point = await input.GetLatestAsync(journal.Offsets, limit, cancellationToken).ConfigureAwait(false);
            var changed = point.Offsets.Where(o => !before.TryGetValue(o.Partition, out var position) || position != o.Position).OrderBy(o => o.Partition, StringComparer.Ordinal).ToList();
            if (changed.Count > 0)
            {
                try
                {
                    foreach (var offset in changed)
                        await foreach (var batch in input.ReadAsync(new OffsetRange(offset.Partition, before.GetValueOrDefault(offset.Partition), offset.Position), cancellationToken).ConfigureAwait(false))
                            for (var i = 0; i < batch.Length; i++)
                                journal.Append(JsonSerializer.SerializeToUtf8Bytes(batch.Span[i], Json));
                    journal.Commit(point.Offsets);
                }
                catch
                {
                    journal.Rollback();
                    throw;
                }

                await input.CommitAsync(point.Offsets, cancellationToken).ConfigureAwait(false);
            }

            _ended = point.IsEnd;
        }
    }
}
