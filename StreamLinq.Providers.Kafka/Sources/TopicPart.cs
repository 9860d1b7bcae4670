// One partition as a reader knows it: where it begins and ends, what has been lost of it, and how far it has been read.
namespace StreamLinq.Kafka;

internal sealed class TopicPart<TRow>(string topic, int number)
{
    internal string Name { get; } = PartitionPosition.Name(topic, number);

    internal (string Topic, int Partition) Key => (topic, number);

    internal PartitionQueue<TRow> Queue { get; } = new(topic, number);

    /// <summary>Of the topic, as the broker tells it now.</summary>
    internal string Id { get; set; } = "";

    /// <summary>The end, as it was last asked for.</summary>
    internal long End { get; set; }

    /// <summary>Nothing beyond it is read.</summary>
    internal long? FixedEnd { get; set; }

    /// <summary>Set: after this position (null: at first) reading goes on at an offset of its own.</summary>
    internal (string? After, long To)? Jump { get; set; }

    /// <summary>Where the next epoch begins to read.</summary>
    internal long From { get; private set; }

    /// <summary>Whether it begins there by a jump.</summary>
    internal bool IsJump { get; private set; }

    /// <summary>Its position as the engine has it.</summary>
    internal string? At { get; private set; }

    /// <summary>Since when the broker does not know it.</summary>
    internal long? MissingSince { get; set; }

    /// <summary>It is taken for deleted: there is nothing to read.</summary>
    internal bool IsGone { get; set; }

    internal long Lost { get; set; }

    internal long? Lag { get; set; }

    internal TimeSpan? Age { get; set; }

    internal long Behind => IsGone ? 0 : Math.Max(0, Math.Min(End, FixedEnd ?? long.MaxValue) - From);

    internal bool HasReachedFixedEnd => IsGone || (FixedEnd is { } end && From >= end);

    /// <summary>Takes over where the engine stands; false if that is no position.</summary>
    internal bool Place(string? at)
    {
        At = at;
        if (Jump is { } jump && jump.After == at)
        {
            (From, IsJump) = (jump.To, true);
            return true;
        }

        Jump = null;
        IsJump = false;
        if (at is null || PartitionPosition.Parse(at) is not { } position) return false;
        From = position.Next;
        return true;
    }

    /// <summary>The position so many offsets on. Where nothing changes it is the same text.</summary>
    internal string After(long offsets) => IsJump ? new PartitionPosition(From, From + offsets, Id).ToString() : offsets == 0 ? At! : new PartitionPosition(null, From + offsets, Id).ToString();
}
