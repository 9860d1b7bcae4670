// This part reads ranges. Positions decide when a range is done, not counts: markers of transactions, aborted rows and compaction leave gaps, also at its end.
using System.Runtime.CompilerServices;

namespace StreamLinq.Kafka;

internal sealed partial class TopicReader<TKey, TValue, TRow>
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    public async IAsyncEnumerable<ReadOnlyMemory<TRow>> ReadAsync(OffsetRange range, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var end = Parse(range.Partition, range.To);
        var to = end.Next;
        var from = end.First ?? Parse(range.Partition, range.From ?? "none").Next;
        if (from >= to) yield break;
        var part = Part(range);
        if (end.Id.Length > 0 && part.Id.Length > 0 && end.Id != part.Id)
        {
            // The topic that the checkpoint speaks of is no more, and nothing of the range with it.
            if (options.OnDataLoss == DataLossPolicy.Fail) throw KafkaErrors.TopicReplaced(patience.Place, part.Name, $"the topic {part.Key.Topic} was deleted and created anew");
            part.Lost += to - from;
            yield break;
        }

        if (fetch.Place(part.Queue).Next != from || fetch.Signs(part.Queue).IsOutOfRange) fetch.Begin(part.Queue, from);
        var moved = _clock.GetTimestamp();
        while (true)
        {
            var (block, first, count, isDone) = fetch.Take(part.Queue, to);
            if (isDone) break;
            if (block is null)
            {
                if (await IsLostAsync(part, to, moved, cancellationToken).ConfigureAwait(false)) break;
                continue;
            }

            moved = _clock.GetTimestamp();
            if (block.Unread is { } unread)
            {
                Refuse(part, unread);
            }
            else
            {
                part.Age = _clock.GetUtcNow() - DateTimeOffset.FromUnixTimeMilliseconds(block.Newest);
                yield return block.Rows.AsMemory(first, count);
            }

            fetch.GiveBack(block);
        }

        if (deadLetters is not null) await deadLetters.FlushAsync().ConfigureAwait(false);
    }

    // A range that was planned before a restart may be of a topic that is not looked for any more.
    private TopicPart<TRow> Part(OffsetRange range)
    {
        if (_parts.TryGetValue(range.Partition, out var part)) return part;
        if (PartitionPosition.OfName(range.Partition) is not { } place) throw KafkaErrors.Position(patience.Place, range.Partition, range.To);
        if (watch.Names.Contains(place.Topic) && options.OnDataLoss == DataLossPolicy.Fail) throw KafkaErrors.TopicReplaced(patience.Place, range.Partition, $"the topic {place.Topic} is gone");
        return new TopicPart<TRow>(place.Topic, place.Partition);
    }

    /// <summary>Nothing has come yet: waits, and looks what is the matter. True if nothing will come.</summary>
    private async ValueTask<bool> IsLostAsync(TopicPart<TRow> part, long to, long moved, CancellationToken cancellationToken)
    {
        var (isOutOfRange, isUnknown) = fetch.Signs(part.Queue);
        var next = fetch.Place(part.Queue).Next;
        if (isOutOfRange)
        {
            var goesOn = await LoseAsync(part, next, cancellationToken).ConfigureAwait(false);
            fetch.Begin(part.Queue, goesOn);
            return goesOn >= to;
        }

        if (isUnknown || part.MissingSince is not null)
        {
            var id = part.Id;
            await LookAsync([], cancellationToken).ConfigureAwait(false);
            if (part.IsGone) return true;
            if (part.Id != id && id.Length > 0)
            {
                if (options.OnDataLoss == DataLossPolicy.Fail) throw KafkaErrors.TopicReplaced(patience.Place, part.Name, $"the topic {part.Key.Topic} was deleted and created anew");
                part.Lost += to - next;
                return true;
            }
        }

        using var asking = patience.Ask();
        var waited = _clock.GetElapsedTime(moved);
        if (waited >= options.MaxOutage) throw KafkaErrors.Unreachable(patience.Place, waited, patience.Trouble ?? $"{part.Name} gives nothing from offset {next} on");
        await fetch.WaitAsync(part.Queue, () => part.Queue.Blocks.Count > 0 || part.Queue.Covered >= to || part.Queue.IsOutOfRange, Tick, cancellationToken).ConfigureAwait(false);
        return false;
    }

    private void Refuse(TopicPart<TRow> part, UnreadRecord record)
    {
        if (options.OnBadRecord == BadRecordPolicy.Fail) throw KafkaErrors.BadRecord(patience.Place, part.Name, record.Offset, record.Reason);
        _unread++;
        deadLetters?.Add(part.Key.Topic, part.Key.Partition, record);
    }
}
