// Watermarks from a generator of the user's own: one instance per partition and run, which sees every row and may advance without any.
namespace StreamLinq.Embedded;

internal sealed class GeneratedWatermarkTracker<T>(string name, GeneratedWatermarks<T> strategy, TimeSpan defaultMaxAhead) : WatermarkTracker(name, strategy, defaultMaxAhead)
{
    private readonly Dictionary<string, IWatermarkGenerator<T>> _generators = new(StringComparer.Ordinal);
    private IWatermarkGenerator<T>? _generator;

    internal override bool FollowsClock => true;

    public void Observe(T row, long ticks)
    {
        if (ticks < Greatest) Unusual(ticks);
        else if (ticks <= Limit) Greatest = ticks;
        else
        {
            Unusual(ticks);
            return;
        }

        _generator?.OnRow(row, new DateTimeOffset(ticks, TimeSpan.Zero));
    }

    private protected override void Begin(Seen partition) => _generator = Of(partition);

    private protected override long Promised(Seen partition, long clock)
    {
        var promised = Of(partition).OnEpochEnd(new DateTimeOffset(clock, TimeSpan.Zero));
        return promised.Time == DateTimeOffset.MinValue ? EpochTime.NoWatermark : promised.Time == DateTimeOffset.MaxValue ? EpochTime.EndOfTime : promised.Time.UtcTicks;
    }

    private IWatermarkGenerator<T> Of(Seen partition)
    {
        if (_generators.TryGetValue(partition.Id, out var generator)) return generator;
        generator = strategy.Generator() ?? throw new StreamLinqException("SLQ1017", $"the watermark strategy of {Name} made no generator: its function returned null. Return a new generator at each call.");
        return _generators[partition.Id] = generator;
    }
}
