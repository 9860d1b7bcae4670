// What every source must hold to, as a check that anyone can run against a source of their own, in any test framework.
using System.Globalization;

namespace StreamLinq;

/// <summary>Checks a source against the contract of <see cref="IStreamSource{T}"/>.</summary>
public static class SourceContract
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>
    /// Reads the source as an engine does, in small epochs, reads ranges again, and, if it is replayable, opens it again in the middle and goes on from there.
    /// </summary>
    /// <typeparam name="T">The rows; compared with <see cref="EqualityComparer{T}.Default"/>.</typeparam>
    /// <param name="make">Makes the source over the same input; called twice. The first reader is disposed before the second is opened.</param>
    /// <param name="expected">All rows; in order if the source has one partition.</param>
    /// <param name="rowsPerEpoch">The limit per epoch.</param>
    /// <param name="fixEnd">Whether to call FixEndAsync at once; false for an input that ends by itself.</param>
    /// <param name="clock">The clock of the source; null: the system's.</param>
    /// <param name="cancellationToken">Stops the check.</param>
    /// <exception cref="ContractViolationException">SLQ2025: a rule is broken.</exception>
    public static async Task VerifyAsync<T>(
        Func<IStreamSource<T>> make, IReadOnlyList<T> expected, int rowsPerEpoch = 3, bool fixEnd = true, TimeProvider? clock = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(make);
        ArgumentNullException.ThrowIfNull(expected);
        ArgumentOutOfRangeException.ThrowIfLessThan(rowsPerEpoch, 1);
        var run = new Run<T>(rowsPerEpoch, fixEnd, clock ?? TimeProvider.System);
        var source = make();
        Check(!string.IsNullOrWhiteSpace(source.Description), "Description says what is read.", "nothing");

        // The first run commits the first half of its epochs as it goes, one epoch behind, and stops as if it crashed.
        var reader = await run.OpenAsync(source, [], cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
            await run.ReadToEndAsync(reader, [], expected.Count, commitUpTo: expected.Count / 2, cancellationToken).ConfigureAwait(false);
        Same(run.Epochs, expected, "All rows come, once each, in order.");
        if (!source.IsReplayable) return;

        // The second run starts at what was committed, reads the logged ranges again and goes on.
        var committed = run.Epochs.FindLastIndex(e => e.Committed);
        var start = committed < 0 ? [] : run.Epochs[committed].To;
        var again = new Run<T>(rowsPerEpoch, fixEnd, run.Clock);
        var pending = run.Epochs.Skip(committed + 1).ToList();
        var replayed = pending.Count / 2;
        var rest = pending.Skip(replayed).SelectMany(e => e.Rows).ToList();
        reader = await again.OpenAsync(make(), start, cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            foreach (var epoch in pending.Take(replayed))
                SameRows(await Run<T>.ReadAsync(reader, epoch.From, epoch.To, cancellationToken).ConfigureAwait(false), epoch.Rows, "After a restart a logged range gives the same rows.");
            await again.ReadToEndAsync(reader, replayed == 0 ? start : pending[replayed - 1].To, rest.Count, commitUpTo: 0, cancellationToken).ConfigureAwait(false);
        }

        Same(again.Epochs, rest, "A reader opened at an offset gives the rest.");
    }

    private static void Check(bool holds, string rule, string found)
    {
        if (!holds) throw new ContractViolationException(rule, found);
    }

    private static void Same<T>(List<Epoch<T>> epochs, IReadOnlyList<T> expected, string rule)
    {
        var rows = epochs.SelectMany(e => e.Rows).ToList();
        if (epochs.All(e => e.To.Count <= 1))
        {
            SameRows(rows, expected, rule);
            return;
        }

        var counts = expected.CountBy(static r => new Holder<T>(r)).ToDictionary(static c => c.Key, static c => c.Value);
        foreach (var row in rows)
        {
            var key = new Holder<T>(row);
            Check(counts.TryGetValue(key, out var left) && left > 0, rule, $"'{row}' once too often");
            counts[key] = left - 1;
        }

        foreach (var (row, left) in counts) Check(left == 0, rule, $"'{row.Row}' {left} times too few");
    }

    private static void SameRows<T>(IReadOnlyList<T> rows, IReadOnlyList<T> expected, string rule)
    {
        for (var i = 0; i < Math.Min(rows.Count, expected.Count); i++)
            Check(EqualityComparer<T>.Default.Equals(rows[i], expected[i]), rule, $"row {i} is '{rows[i]}' instead of '{expected[i]}'");
        Check(rows.Count == expected.Count, rule, string.Create(CultureInfo.InvariantCulture, $"{rows.Count} rows instead of {expected.Count}"));
    }

    private readonly record struct Holder<T>(T Row);

    private sealed record Epoch<T>(IReadOnlyList<SourceOffset> From, IReadOnlyList<SourceOffset> To, List<T> Rows)
    {
        internal bool Committed { get; set; }
    }

    private sealed class Run<T>(int rowsPerEpoch, bool fixEnd, TimeProvider clock)
    {
        internal TimeProvider Clock => clock;

        internal List<Epoch<T>> Epochs { get; } = [];

        internal async ValueTask<IStreamReader<T>> OpenAsync(IStreamSource<T> source, IReadOnlyList<SourceOffset> start, CancellationToken cancellationToken)
        {
            var reader = await source.OpenAsync(new SourceContext("checked", Guid.Empty, start, clock), cancellationToken).ConfigureAwait(false);
            if (fixEnd) await reader.FixEndAsync(cancellationToken).ConfigureAwait(false);
            return reader;
        }

        internal async Task ReadToEndAsync(IStreamReader<T> reader, IReadOnlyList<SourceOffset> current, int rows, int commitUpTo, CancellationToken cancellationToken)
        {
            var passed = new HashSet<SourceOffset>(current);
            var total = 0;
            var limit = new ReadLimit(rowsPerEpoch);
            for (var idle = 0; ;)
            {
                await WaitAsync(reader, current, cancellationToken).ConfigureAwait(false);
                var point = await reader.GetLatestAsync(current, limit, cancellationToken).ConfigureAwait(false);
                if (point.Offsets.SequenceEqual(current))
                {
                    if (point.IsEnd) break;
                    Check(++idle < 10_000, "WaitAsync completes when there is something to read.", "10000 times there was nothing");
                    continue;
                }

                foreach (var offset in point.Offsets.Except(current)) Check(passed.Add(offset), "Offsets only grow.", $"{offset} again");
                var epoch = new Epoch<T>(current, point.Offsets, await ReadAsync(reader, current, point.Offsets, cancellationToken).ConfigureAwait(false));
                SameRows(await ReadAsync(reader, current, point.Offsets, cancellationToken).ConfigureAwait(false), epoch.Rows, "A range that is not committed gives the same rows when it is read again.");
                Check(epoch.Rows.Count <= rowsPerEpoch, "An epoch takes no more rows than the limit.", string.Create(CultureInfo.InvariantCulture, $"{epoch.Rows.Count} rows for a limit of {rowsPerEpoch}"));
                Epochs.Add(epoch);
                total += epoch.Rows.Count;
                Check(total <= rows, "All rows come, once each, in order.", string.Create(CultureInfo.InvariantCulture, $"more than {rows} rows"));
                if (total <= commitUpTo)
                {
                    await reader.CommitAsync(point.Offsets, cancellationToken).ConfigureAwait(false);
                    epoch.Committed = true;
                }

                current = point.Offsets;
                if (point.IsEnd) break;
            }

            var after = await reader.GetLatestAsync(current, limit, cancellationToken).ConfigureAwait(false);
            Check(after.IsEnd && after.Offsets.SequenceEqual(current), "After the end there is nothing, and it stays the end.", after.ToString());
        }

        internal static async Task<List<T>> ReadAsync(IStreamReader<T> reader, IReadOnlyList<SourceOffset> from, IReadOnlyList<SourceOffset> to, CancellationToken cancellationToken)
        {
            var rows = new List<T>();
            var kept = new List<ReadOnlyMemory<T>>();
            foreach (var offset in to.OrderBy(o => o.Partition, StringComparer.Ordinal))
            {
                var start = from.FirstOrDefault(o => o.Partition == offset.Partition).Position;
                if (start == offset.Position) continue;
                await foreach (var batch in reader.ReadAsync(new OffsetRange(offset.Partition, start, offset.Position), cancellationToken).ConfigureAwait(false))
                {
                    rows.AddRange(batch.Span);
                    if (reader.KeepsBatches) kept.Add(batch);
                }
            }

            if (reader.KeepsBatches) SameRows([.. kept.SelectMany(static b => b.ToArray())], rows, "A batch that is said to stay (KeepsBatches) is the same when all have been read.");
            return rows;
        }

        private static async Task WaitAsync(IStreamReader<T> reader, IReadOnlyList<SourceOffset> current, CancellationToken cancellationToken)
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            stop.CancelAfter(Patience);
            try
            {
                await reader.WaitAsync(current, stop.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw new ContractViolationException("WaitAsync completes when there is something to read, or when the input has ended.", $"nothing for {Patience.TotalSeconds:0} s");
            }
        }
    }
}
