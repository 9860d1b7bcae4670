// Rows made by the clock, to try things out and to put load on a query. The time it started is part of every offset, so that a replay makes the same rows.
using System.Globalization;
using System.Runtime.CompilerServices;

namespace StreamLinq.Sources;

internal sealed class RateSource : IStreamSource<RateRow>
{
    private const int BatchRows = 4096;

    private readonly long _rowsPerSecond;
    private readonly int _partitions;

    internal RateSource(long rowsPerSecond, int partitions)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rowsPerSecond);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(partitions);
        (_rowsPerSecond, _partitions) = (rowsPerSecond, partitions);
    }

    public string Description => string.Create(CultureInfo.InvariantCulture, $"rate of {_rowsPerSecond} rows per second");

    public bool IsReplayable => true;

    public ValueTask<IStreamReader<RateRow>> OpenAsync(SourceContext context, CancellationToken cancellationToken) => new(new Reader(this, context.TimeProvider));

    private string Partition(int index) => index.ToString("D" + (_partitions - 1).ToString(CultureInfo.InvariantCulture).Length, CultureInfo.InvariantCulture);

    // Positions are the same for all partitions: "start:values", the start in UTC ticks of whole milliseconds and how many values have been made since.
    private sealed class Reader(RateSource source, TimeProvider clock) : IStreamReader<RateRow>
    {
        private readonly long _opened = Milliseconds(clock.GetUtcNow());
        private long? _endTicks;

        public ValueTask<SourceProgressPoint> GetLatestAsync(IReadOnlyList<SourceOffset> current, ReadLimit limit, CancellationToken cancellationToken)
        {
            if (current.Count > 0 && current.Count != source._partitions) throw SourceErrors.Position(current.Count + " partitions", source.Description);
            var (start, from) = Parse(current.Count == 0 ? null : current[0].Position);
            var last = Math.Max(from, Made(start));
            var to = limit.MaxRows is { } most && last - from > most ? from + most : last;
            if (to == from) return new(new SourceProgressPoint(current, _endTicks is not null));
            var position = string.Create(CultureInfo.InvariantCulture, $"{start}:{to}");
            var offsets = new SourceOffset[source._partitions];
            for (var i = 0; i < offsets.Length; i++) offsets[i] = new SourceOffset(source.Partition(i), position);
            return new(new SourceProgressPoint(offsets, _endTicks is not null && to == last));
        }

        public async IAsyncEnumerable<ReadOnlyMemory<RateRow>> ReadAsync(OffsetRange range, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            if (!int.TryParse(range.Partition, NumberStyles.None, CultureInfo.InvariantCulture, out var partition) || partition >= source._partitions)
                throw SourceErrors.Position(range.Partition + "/" + range.To, source.Description);
            var (start, to) = Parse(range.To);
            var (_, from) = Parse(range.From);
            var began = new DateTimeOffset(start, TimeSpan.Zero);
            var step = source._partitions;
            for (var value = from + ((((partition - from) % step) + step) % step); value < to;)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var rows = new RateRow[Math.Min(BatchRows, (to - value + step - 1) / step)];
                for (var i = 0; i < rows.Length; i++, value += step) rows[i] = new RateRow(began.AddMilliseconds(Offset(value)), value);
                yield return rows;
            }

            await ValueTask.CompletedTask.ConfigureAwait(false);
        }

        public ValueTask CommitAsync(IReadOnlyList<SourceOffset> offsets, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask FixEndAsync(CancellationToken cancellationToken)
        {
            _endTicks ??= clock.GetUtcNow().UtcTicks;
            return ValueTask.CompletedTask;
        }

        public async ValueTask WaitAsync(IReadOnlyList<SourceOffset> current, CancellationToken cancellationToken)
        {
            var (start, from) = Parse(current.Count == 0 ? null : current[0].Position);
            if (_endTicks is not null || Made(start) > from) return;
            var due = new DateTimeOffset(start, TimeSpan.Zero).AddMilliseconds((double)(from + 1) * 1000 / source._rowsPerSecond) - clock.GetUtcNow();
            await Task.Delay(due > TimeSpan.FromMilliseconds(1) ? due : TimeSpan.FromMilliseconds(1), clock, cancellationToken).ConfigureAwait(false);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        // Milliseconds after the start, rounded half up.
        private long Offset(long value) => (long)(((Int128)value * 2000 + source._rowsPerSecond) / (2 * (Int128)source._rowsPerSecond));

        private long Made(long start) => (long)((Int128)Math.Max(0, (_endTicks ?? clock.GetUtcNow().UtcTicks) - start) * source._rowsPerSecond / TimeSpan.TicksPerSecond);

        private static long Milliseconds(DateTimeOffset time) => time.UtcTicks / TimeSpan.TicksPerMillisecond * TimeSpan.TicksPerMillisecond;

        private (long Start, long Values) Parse(string? position)
        {
            if (position is null) return (_opened, 0);
            var colon = position.IndexOf(':', StringComparison.Ordinal);
            return colon > 0
                && long.TryParse(position.AsSpan(0, colon), NumberStyles.None, CultureInfo.InvariantCulture, out var start) && start <= DateTime.MaxValue.Ticks
                && long.TryParse(position.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var values)
                    ? (start, values)
                    : throw SourceErrors.Position(position, source.Description);
        }
    }
}
