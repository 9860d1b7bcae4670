// What is handed to librdkafka: what the guarantees rest on is set here, and everything else is passed through as the user gave it.
using System.Globalization;
using Confluent.Kafka;

namespace StreamLinq.Kafka;

internal static class ClientSettings
{
    private const string ByOption = "it has an option of its own: ";

    private static readonly Dictionary<string, string> ByBoth = new(StringComparer.Ordinal)
    {
        ["bootstrap.servers"] = "the servers are the first argument of the source or sink.",
        ["metadata.broker.list"] = "the servers are the first argument of the source or sink.",
        ["dotnet.cancellation.delay.max.ms"] = "StreamLinq does not use what it is for.",
        ["enable.background.poll"] = "StreamLinq polls by itself.",
        ["dotnet.producer.enable.background.poll"] = "without it no record would be confirmed.",
    };

    private static readonly Dictionary<string, string> BySource = new(StringComparer.Ordinal)
    {
        ["group.id"] = ByOption + "GroupId.",
        ["isolation.level"] = ByOption + "ReadUncommitted.",
        ["auto.offset.reset"] = "the checkpoint says where to go on, and a reset would lose or double rows unseen. Start says where a new query begins, OnDataLoss what happens when offsets are gone.",
        ["enable.auto.commit"] = "offsets are told to the group when their epoch is committed, and a commit at another time would tell lag monitors what is not so.",
        ["auto.commit.enable"] = "offsets are told to the group when their epoch is committed, and a commit at another time would tell lag monitors what is not so.",
        ["enable.auto.offset.store"] = "offsets are told to the group when their epoch is committed.",
        ["enable.partition.eof"] = "the source needs it: a range may end in offsets without records.",
        ["group.instance.id"] = "partitions are assigned, not subscribed: there are no members.",
        ["group.protocol"] = "partitions are assigned, not subscribed: there is no group to join.",
        ["partition.assignment.strategy"] = "partitions are assigned, not subscribed: there is nothing to agree on.",
        ["dotnet.consumer.consume.result.fields"] = "the source asks for the fields that its rows need.",
    };

    private static readonly Dictionary<string, string> BySink = new(StringComparer.Ordinal)
    {
        ["transactional.id"] = "it is made of the query's id and the sink's name, which is what keeps an older process from writing. Set Name to tell sinks apart.",
        ["enable.idempotence"] = "without it a record that is sent again would be there twice.",
        ["acks"] = "an epoch counts as written when all replicas in sync have it (acks=all).",
        ["request.required.acks"] = "an epoch counts as written when all replicas in sync have it (acks=all).",
        ["message.send.max.retries"] = "a record is sent again until MaxOutage has passed.",
        ["retries"] = "a record is sent again until MaxOutage has passed.",
        ["message.timeout.ms"] = ByOption + "MaxOutage.",
        ["delivery.timeout.ms"] = ByOption + "MaxOutage.",
        ["delivery.report.only.error"] = "an epoch counts its records.",
        ["dotnet.producer.enable.delivery.reports"] = "the sink decides by its delivery what it must hear.",
        ["dotnet.producer.delivery.report.fields"] = "the sink decides by its delivery what it must hear.",
    };

    internal static void CheckSource(IReadOnlyDictionary<string, string> settings) => Check(settings, BySource);

    internal static void CheckSink(IReadOnlyDictionary<string, string> settings)
    {
        Check(settings, BySink);
        foreach (var name in new[] { "max.in.flight.requests.per.connection", "max.in.flight" })
            if (settings.TryGetValue(name, out var text) && !(int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count is >= 1 and <= 5))
                throw KafkaErrors.Refused(name, "with more than 5 requests on their way the broker cannot keep records in order and single. Use 1 to 5.");
    }

    private static void Check(IReadOnlyDictionary<string, string> settings, Dictionary<string, string> refused)
    {
        ArgumentNullException.ThrowIfNull(settings);
        foreach (var name in settings.Keys)
            if (ByBoth.TryGetValue(name, out var why) || refused.TryGetValue(name, out why)) throw KafkaErrors.Refused(name, why);
    }

    internal static ConsumerConfig Consumer(string servers, string groupId, bool readUncommitted, long readAheadBytes, string fields, IReadOnlyDictionary<string, string> settings)
    {
        var config = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            // Half of the memory is the client's own queue, half is ours.
            ["queued.max.messages.kbytes"] = Math.Clamp(readAheadBytes / 2048, 64, 2_000_000).ToString(CultureInfo.InvariantCulture),
            // That a range ends in a gap is known when the broker has been asked once more.
            ["fetch.wait.max.ms"] = "100",
            // A full queue is looked at again at once, not after a second: it is emptied as fast as rows are read.
            ["fetch.queue.backoff.ms"] = "10",
            ["fetch.error.backoff.ms"] = "100",
            ["reconnect.backoff.max.ms"] = "2000",
            ["allow.auto.create.topics"] = "false",
        };
        foreach (var (name, value) in settings) config[name] = value;
        config["bootstrap.servers"] = servers;
        config["group.id"] = groupId;
        config["isolation.level"] = readUncommitted ? "read_uncommitted" : "read_committed";
        config["auto.offset.reset"] = "error";
        config["enable.auto.commit"] = "false";
        config["enable.auto.offset.store"] = "false";
        config["enable.partition.eof"] = "true";
        config["dotnet.consumer.consume.result.fields"] = fields;
        return new ConsumerConfig(config);
    }

    /// <param name="servers">Where the brokers are.</param>
    /// <param name="transactionalId">Null: no transactions.</param>
    /// <param name="maxOutage">How long a record may wait.</param>
    /// <param name="settings">What the user passes through.</param>
    internal static ProducerConfig Producer(string servers, string? transactionalId, TimeSpan maxOutage, IReadOnlyDictionary<string, string> settings)
    {
        var patience = (long)Math.Clamp(maxOutage.TotalMilliseconds, 1000, int.MaxValue / 2);
        var config = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            // As Java clients hash, so that what others write with the same keys lies in the same partitions.
            ["partitioner"] = "murmur2_random",
            ["linger.ms"] = "5",
            ["reconnect.backoff.max.ms"] = "2000",
        };

        // The broker aborts a transaction that takes longer; by default it allows 15 minutes at most.
        if (transactionalId is not null) config["transaction.timeout.ms"] = Math.Min(patience + 60_000, 900_000).ToString(CultureInfo.InvariantCulture);
        foreach (var (name, value) in settings) config[name] = value;
        config["bootstrap.servers"] = servers;
        config["enable.idempotence"] = "true";
        config["acks"] = "all";
        if (transactionalId is not null)
        {
            config["transactional.id"] = transactionalId;
            config["dotnet.producer.enable.delivery.reports"] = "false";
            if (long.TryParse(config["transaction.timeout.ms"], NumberStyles.None, CultureInfo.InvariantCulture, out var most)) patience = Math.Min(patience, most);
        }
        else
        {
            config["dotnet.producer.delivery.report.fields"] = "status";
        }

        config["message.timeout.ms"] = patience.ToString(CultureInfo.InvariantCulture);
        return new ProducerConfig(config);
    }

    /// <summary>Makes a client, which checks the settings.</summary>
    internal static TClient Build<TClient>(string place, Func<TClient> build)
    {
        NativeLibraryLoad.Ensure();
        try
        {
            return build();
        }
        catch (Exception error) when (error is InvalidOperationException or ArgumentException or KafkaException)
        {
            throw KafkaErrors.BadSetting(place, error);
        }
    }
}
