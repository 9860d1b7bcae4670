// Reads topics by ranges of offsets. This part names the next range: how far partitions reach, how many rows an epoch takes of each, which partitions are new, and what has been lost.
using Confluent.Kafka;

namespace StreamLinq.Kafka;

internal sealed partial class TopicReader<TKey, TValue, TRow>(
    RecordFetch<TKey, TValue, TRow> fetch, TopicWatch watch, KafkaSourceOptions options, SourceContext context, Patience patience, GroupOffsets? group, DeadLetters? deadLetters)
    : IStreamReader<TRow>, ISourceCounters, ISourcePartitions, IConnectionState
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Freshness = TimeSpan.FromSeconds(1);

    // How long a broker may not know a topic before it is taken for deleted.
    private readonly TimeSpan _suspicion = options.MaxOutage < TimeSpan.FromSeconds(20) ? options.MaxOutage / 4 : TimeSpan.FromSeconds(5);
    private readonly TimeProvider _clock = context.TimeProvider;
    private readonly SortedDictionary<string, TopicPart<TRow>> _parts = new(StringComparer.Ordinal);
    private readonly List<SourceOffset> _kept = [];
    private long _lookedAt;
    private long _askedAt;
    private bool _isSuspicious;
    private bool _isFixed;
    private long _unread;

    public long RejectedRows => _unread + _parts.Values.Sum(p => p.Lost);

    public IReadOnlyList<PartitionProgress> Partitions => [.. _parts.Values.Select(p => new PartitionProgress(p.Name, p.Lag, p.Age, p.Lost))];

    public string? Trouble => patience.Trouble;

    /// <summary>Finds the partitions and begins to read ahead.</summary>
    internal async Task OpenAsync(SourceContext start, CancellationToken cancellationToken)
    {
        var shapes = await patience.RunAsync(watch.LookAsync, cancellationToken, StartLimit).ConfigureAwait(false);
        var began = _clock.GetTimestamp();
        List<string> missing;
        while ((missing = Missing(shapes, start.Start)).Count > 0 && _clock.GetElapsedTime(began) < _suspicion)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(200), _clock, cancellationToken).ConfigureAwait(false);
            shapes = await patience.RunAsync(watch.LookAsync, cancellationToken, StartLimit).ConfigureAwait(false);
        }

        foreach (var partition in missing)
        {
            var (topic, number) = PartitionPosition.OfName(partition)!.Value;
            if (options.OnDataLoss == DataLossPolicy.Fail) throw KafkaErrors.TopicReplaced(patience.Place, partition, $"the topic {topic} is gone");
            _parts.Add(partition, new TopicPart<TRow>(topic, number) { IsGone = true });
        }

        foreach (var name in watch.Names.Where(name => !shapes.ContainsKey(name) && !_parts.Values.Any(p => p.Key.Topic == name))) throw KafkaErrors.NoTopic(patience.Place, name);
        await TakeAsync(shapes, start.Start, isFirst: start.Start.Count == 0, cancellationToken).ConfigureAwait(false);
        _lookedAt = _clock.GetTimestamp();
    }

    // Partitions that the checkpoint knows and the broker does not.
    private List<string> Missing(Dictionary<string, TopicShape> shapes, IReadOnlyList<SourceOffset> known) =>
    [
        .. known.Select(o => o.Partition).Where(name =>
            PartitionPosition.OfName(name) is { } place && watch.IsRead(place.Topic) && !(shapes.TryGetValue(place.Topic, out var shape) && place.Partition < shape.Partitions)),
    ];

    // New partitions begin where a new query begins if this is one, and at their beginning otherwise.
    private async Task TakeAsync(Dictionary<string, TopicShape> shapes, IReadOnlyList<SourceOffset> current, bool isFirst, CancellationToken cancellationToken)
    {
        var fresh = new List<TopicPart<TRow>>();
        foreach (var (topic, shape) in shapes)
            for (var number = 0; number < shape.Partitions; number++)
                if (!_parts.ContainsKey(PartitionPosition.Name(topic, number))) fresh.Add(new TopicPart<TRow>(topic, number) { Id = shape.Id });
        if (fresh.Count == 0) return;
        var ends = await patience.RunAsync(() => watch.EndsAsync(fresh.Select(p => p.Key)), cancellationToken).ConfigureAwait(false);
        var firsts = await patience.RunAsync(() => watch.BeginningsAsync(fresh.Select(p => p.Key)), cancellationToken).ConfigureAwait(false);
        var times = isFirst && options.Start is KafkaStart.AtTime at ? await patience.RunAsync(() => watch.AtAsync(fresh.Select(p => p.Key), at.Time), cancellationToken).ConfigureAwait(false) : [];
        foreach (var part in fresh)
        {
            var known = current.Where(o => o.Partition == part.Name).Select(o => o.Position).FirstOrDefault();
            var first = firsts.GetValueOrDefault(part.Key);
            part.End = ends.GetValueOrDefault(part.Key, first);
            if (known is null)
            {
                part.Jump = (null, !isFirst ? first : options.Start switch
                {
                    KafkaStart.AtLatest => part.End,
                    KafkaStart.AtTime => times.GetValueOrDefault(part.Key, -1) is var found and >= 0 ? found : part.End,
                    KafkaStart.AtOffsets named => Named(named, part, first),
                    _ => first,
                });
                fetch.Begin(part.Queue, part.Jump.Value.To);
            }
            else
            {
                fetch.Begin(part.Queue, Parse(part.Name, known).Next);
            }

            _parts.Add(part.Name, part);
        }
    }

    private long Named(KafkaStart.AtOffsets named, TopicPart<TRow> part, long first)
    {
        if (!named.First.TryGetValue(part.Key, out var offset)) return first;
        if (offset > part.End) throw KafkaErrors.TopicReplaced(patience.Place, part.Name, $"Start names offset {offset}, and the partition ends at {part.End}");
        if (offset >= first) return offset;
        if (options.OnDataLoss == DataLossPolicy.Fail) throw KafkaErrors.OffsetsGone(patience.Place, part.Name, offset, first);
        part.Lost += first - offset;
        return first;
    }

    private PartitionPosition Parse(string partition, string position) => PartitionPosition.Parse(position) ?? throw KafkaErrors.Position(patience.Place, partition, position);

    public async ValueTask<SourceProgressPoint> GetLatestAsync(IReadOnlyList<SourceOffset> current, ReadLimit limit, CancellationToken cancellationToken)
    {
        fetch.ThrowIfFailed();
        if (!_isFixed && _clock.GetElapsedTime(_lookedAt) >= (_isSuspicious ? TimeSpan.FromMilliseconds(500) : options.DiscoveryInterval)) await LookAsync(current, cancellationToken).ConfigureAwait(false);
        await PlaceAsync(current, cancellationToken).ConfigureAwait(false);

        var parts = _parts.Values.ToList();
        if (_clock.GetElapsedTime(_askedAt) >= Freshness || !HasEnough(parts, limit)) await AskEndsAsync(cancellationToken).ConfigureAwait(false);
        var here = parts.ConvertAll(p => Math.Min(p.Behind, Math.Max(0, fetch.Place(p.Queue).Covered - p.From)));
        var behind = parts.ConvertAll(p => p.Behind);

        // What has been fetched is taken without waiting for more, unless all that there is was asked for, or more than the epoch may take.
        var shares = LagShare.Of(limit.MaxRows is { } rows && behind.Sum() < rows && here.Exists(h => h > 0) ? here : behind, limit.MaxRows);
        var offsets = new List<SourceOffset>(_kept);
        for (var i = 0; i < parts.Count; i++)
        {
            parts[i].Lag = parts[i].Behind;
            offsets.Add(new SourceOffset(parts[i].Name, parts[i].After(shares[i])));
        }

        return new SourceProgressPoint(offsets, _isFixed && parts.Index().All(p => p.Item.HasReachedFixedEnd || p.Item.From + shares[p.Index] >= p.Item.FixedEnd));
    }

    // Where enough is known to be there nobody has to be asked.
    private bool HasEnough(List<TopicPart<TRow>> parts, ReadLimit limit) =>
        limit.MaxRows is { } most && (parts.Sum(p => p.Behind) >= most || parts.Exists(p => p.Behind > 0 && fetch.Place(p.Queue).Covered > p.From));

    private async Task AskEndsAsync(CancellationToken cancellationToken)
    {
        var ends = await patience.RunAsync(() => watch.EndsOfKnownAsync(_parts.Values.Where(p => !p.IsGone).Select(p => p.Key)), cancellationToken).ConfigureAwait(false);
        _askedAt = _clock.GetTimestamp();
        foreach (var part in _parts.Values)
        {
            if (ends.TryGetValue(part.Key, out var end)) part.End = end;
            else if (!part.IsGone) _isSuspicious = true;
        }
    }

    private async Task PlaceAsync(IReadOnlyList<SourceOffset> current, CancellationToken cancellationToken)
    {
        var places = current.ToDictionary(o => o.Partition, o => o.Position, StringComparer.Ordinal);
        _kept.Clear();
        // Topics that are not read any more keep their place, in case they are again.
        _kept.AddRange(current.Where(o => !_parts.ContainsKey(o.Partition)));
        foreach (var part in _parts.Values)
        {
            var at = places.GetValueOrDefault(part.Name);
            if (!part.Place(at)) throw KafkaErrors.Position(patience.Place, part.Name, at ?? "none");
            part.End = Math.Max(part.End, fetch.Place(part.Queue).Covered);
            if (part.IsJump || part.IsGone) continue;
            var id = PartitionPosition.Parse(at!)!.Value.Id;
            if (id.Length > 0 && part.Id.Length > 0 && id != part.Id) await ReplacedAsync(part, at!, cancellationToken).ConfigureAwait(false);
            else if (fetch.Signs(part.Queue).IsOutOfRange) await OutOfRangeAsync(part, at!, part.From, cancellationToken).ConfigureAwait(false);
        }
    }

    // Another topic of the same name: what was left of the old one cannot be known.
    private async Task ReplacedAsync(TopicPart<TRow> part, string at, CancellationToken cancellationToken)
    {
        if (options.OnDataLoss == DataLossPolicy.Fail) throw KafkaErrors.TopicReplaced(patience.Place, part.Name, $"the topic {part.Key.Topic} was deleted and created anew");
        var firsts = await patience.RunAsync(() => watch.BeginningsAsync([part.Key]), cancellationToken).ConfigureAwait(false);
        part.Lost += Math.Max(0, part.End - part.From);
        JumpTo(part, at, firsts.GetValueOrDefault(part.Key));
        part.End = part.From;
    }

    private async Task OutOfRangeAsync(TopicPart<TRow> part, string at, long from, CancellationToken cancellationToken)
    {
        var to = await LoseAsync(part, from, cancellationToken).ConfigureAwait(false);
        JumpTo(part, at, to);
    }

    private void JumpTo(TopicPart<TRow> part, string at, long to)
    {
        part.Jump = (at, to);
        part.Place(at);
        fetch.Begin(part.Queue, to);
    }

    /// <summary>Offsets are gone: fails, or counts them and says where to go on.</summary>
    private async Task<long> LoseAsync(TopicPart<TRow> part, long from, CancellationToken cancellationToken)
    {
        var firsts = await patience.RunAsync(() => watch.BeginningsAsync([part.Key]), cancellationToken).ConfigureAwait(false);
        var ends = await patience.RunAsync(() => watch.EndsAsync([part.Key]), cancellationToken).ConfigureAwait(false);
        var (first, end) = (firsts.GetValueOrDefault(part.Key), ends.GetValueOrDefault(part.Key));
        if (first <= from && from <= end) return from;
        if (options.OnDataLoss == DataLossPolicy.Fail)
        {
            throw first > from ? KafkaErrors.OffsetsGone(patience.Place, part.Name, from, first)
                : KafkaErrors.TopicReplaced(patience.Place, part.Name, $"the partition has been read up to offset {from} and now ends at {end}");
        }

        if (first > from) part.Lost += first - from;
        return first > from ? first : end;
    }

    private async Task LookAsync(IReadOnlyList<SourceOffset> current, CancellationToken cancellationToken)
    {
        var shapes = await patience.RunAsync(watch.LookAsync, cancellationToken).ConfigureAwait(false);
        _lookedAt = _clock.GetTimestamp();
        _isSuspicious = false;
        foreach (var part in _parts.Values)
        {
            if (shapes.TryGetValue(part.Key.Topic, out var shape) && part.Key.Partition < shape.Partitions)
            {
                part.Id = shape.Id;
                part.MissingSince = null;
                if (part.IsGone) fetch.Begin(part.Queue, part.From);
                part.IsGone = false;
                fetch.Forgive(part.Queue);
                continue;
            }

            if (part.IsGone) continue;
            // A broker that has just started may not know its topics yet.
            part.MissingSince ??= _lookedAt;
            _isSuspicious = true;
            if (_clock.GetElapsedTime(part.MissingSince.Value, _lookedAt) < _suspicion) continue;
            if (options.OnDataLoss == DataLossPolicy.Fail) throw KafkaErrors.TopicReplaced(patience.Place, part.Name, $"the topic {part.Key.Topic} is gone");
            part.IsGone = true;
            part.Lost += Math.Max(0, part.End - part.From);
            fetch.End(part.Queue);
        }

        await TakeAsync(shapes, current, isFirst: false, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask FixEndAsync(CancellationToken cancellationToken)
    {
        var ends = await patience.RunAsync(() => watch.EndsAsync(_parts.Values.Where(p => !p.IsGone).Select(p => p.Key)), cancellationToken).ConfigureAwait(false);
        foreach (var part in _parts.Values) part.FixedEnd = part.End = ends.GetValueOrDefault(part.Key, part.End);
        _isFixed = true;
    }

    public async ValueTask WaitAsync(IReadOnlyList<SourceOffset> current, CancellationToken cancellationToken)
    {
        if (_isFixed) return;
        var read = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var offset in current) read[offset.Partition] = PartitionPosition.Parse(offset.Position)?.Next ?? -1;
        var left = (_isSuspicious ? TimeSpan.FromMilliseconds(500) : options.DiscoveryInterval) - _clock.GetElapsedTime(_lookedAt);
        if (left <= TimeSpan.Zero) return;
        await fetch.WaitAsync(null, () => _parts.Values.Any(p => IsThere(p, read.GetValueOrDefault(p.Name, -1))), left, cancellationToken).ConfigureAwait(false);
    }

    // Called with the fetch's lock held.
    private static bool IsThere(TopicPart<TRow> part, long read) => !part.IsGone && (read < 0 || part.Queue.Covered > read || part.Queue.IsOutOfRange);

    public async ValueTask CommitAsync(IReadOnlyList<SourceOffset> offsets, CancellationToken cancellationToken)
    {
        if (group is null) return;
        await group.TellAsync([
            .. from offset in offsets
               where _parts.TryGetValue(offset.Partition, out var part) && !part.IsGone
               let place = PartitionPosition.OfName(offset.Partition)!.Value
               select new TopicPartitionOffset(place.Topic, place.Partition, PartitionPosition.Parse(offset.Position)!.Value.Next)]).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        if (group is not null) await group.DisposeAsync().ConfigureAwait(false);
        deadLetters?.Dispose();
        watch.Dispose();
        await fetch.DisposeAsync().ConfigureAwait(false);
    }
}
