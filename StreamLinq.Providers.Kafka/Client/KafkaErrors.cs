// The errors of Kafka in one place, so that each code has one text, and the way from librdkafka's codes to ours. docs/errors.md explains them.
using System.Globalization;
using Confluent.Kafka;

namespace StreamLinq.Kafka;

internal static class KafkaErrors
{
    internal static StreamLinqException NoLibrary(Exception inner) => new("SLQ4001",
        $"the native library librdkafka, 2.1 or later, was not found: {inner.Message} Restore the package librdkafka.redist from nuget.org for this platform, or install librdkafka on the machine.", inner);

    internal static StreamLinqException Refused(string setting, string why) => new("SLQ4002", $"the setting '{setting}' is not taken: {why}");

    internal static StreamLinqException BadSetting(string place, Exception inner) => new("SLQ4003",
        $"{place}: the client does not take its settings: {inner.Message} Correct the entry of Settings; librdkafka's CONFIGURATION.md lists them, and TLS, SASL and zstd must be part of the library that is installed.", inner);

    internal static StreamLinqException Unreachable(string place, TimeSpan waited, string reason, Exception? inner = null) => new("SLQ4004", string.Create(CultureInfo.InvariantCulture,
        $"{place}: no answer from the broker for {waited.TotalSeconds:0.#} s: {reason}. Start the broker or correct its address; MaxOutage says how long to wait. The query goes on from its checkpoint when it is started again."), inner);

    internal static StreamLinqException NotAuthenticated(string place, string reason, Exception? inner = null) => new("SLQ4005",
        $"{place}: the broker does not accept who we are: {reason}. Check user, password and certificates in Settings (security.protocol, sasl.*, ssl.*).", inner);

    internal static StreamLinqException NotAllowed(string place, string reason, Exception? inner = null) => new("SLQ4006",
        $"{place}: the broker does not allow it: {reason}. Grant the right to topic, group or transactional id; docs/kafka.md lists what source and sink need.", inner);

    internal static StreamLinqException NoTopic(string place, string topic) => new("SLQ4007",
        $"{place}: there is no topic '{topic}'. Create it, or correct the name.");

    internal static StreamLinqException TopicReplaced(string place, string partition, string what) => new("SLQ4008",
        $"{place}: {what}, so rows of {partition} that were not read yet may be lost. Start with a new checkpoint, or set OnDataLoss to SkipAndCount to go on with what is there.");

    internal static StreamLinqException OffsetsGone(string place, string partition, long from, long to) => new("SLQ4009", string.Create(CultureInfo.InvariantCulture,
        $"{place}: offsets {from} to {to - 1} of {partition}, {to - from} of them, were removed before they were read. Keep records for longer (retention.ms), or set OnDataLoss to SkipAndCount to go on at offset {to}."));

    internal static StreamLinqException BadRecord(string place, string partition, long offset, string reason) => new("SLQ4010", string.Create(CultureInfo.InvariantCulture,
        $"{place}: the record at offset {offset} of {partition} cannot be read: {reason} Correct the format, or set OnBadRecord to SkipAndCount or DeadLetter."));

    internal static StreamLinqException Position(string place, string partition, string position) => new("SLQ4011",
        $"{place}: '{position}' is no position of {partition}. The checkpoint belongs to another source: give the source the name it had, or start with a new checkpoint.");

    internal static StreamLinqException Client(string place, string reason, Exception? inner = null) => new("SLQ4012", $"{place}: {reason}", inner);

    internal static StreamLinqException NoFormat(Type type, Exception inner) => new("SLQ4013",
        $"{type.Name} cannot be read or written as JSON: {inner.Message} Give a serializer of your own, or a type that System.Text.Json can handle.", inner);

    internal static StreamLinqException TooLarge(string place, string reason, Exception? inner = null) => new("SLQ4020",
        $"{place}: a record is larger than the limit: {reason}. Make the row smaller, or raise message.max.bytes in Settings and max.message.bytes of the topic.", inner);

    internal static StreamLinqException NotWritten(string place, string row, long epoch, string reason, Exception? inner = null) => new("SLQ4021", string.Create(CultureInfo.InvariantCulture,
        $"{place}: a row of {row} in epoch {epoch} cannot be written: {reason}"), inner);

    internal static StreamLinqException Fenced(string place, string id, Exception? inner = null) => new("SLQ4022",
        $"{place}: another process has taken over the transactional id '{id}': the same query runs twice, or this process was cut off for longer than transaction.timeout.ms. Stop the other one, or start this one again: each epoch stays written once.", inner);

    internal static StreamLinqException Aborted(string place, long epoch, string reason, Exception? inner = null) => new("SLQ4023", string.Create(CultureInfo.InvariantCulture,
        $"{place}: the transaction of epoch {epoch} was aborted: {reason}. Nothing of it can be read. Start the query again, and the epoch is written anew."), inner);

    internal static StreamLinqException NoProof(string place, string group, long committed, string found) => new("SLQ4024", string.Create(CultureInfo.InvariantCulture,
        $"{place}: the group '{group}' no longer says which epoch was written last, and {found}. The checkpoint has committed epoch {committed}. Look whether the topic holds rows of epoch {committed + 1}: if so set LastEpochWritten to {committed + 1}, else to {committed}."));

    internal static StreamLinqException SinkTwice(string place, string id) => new("SLQ4025",
        $"{place}: '{id}' is in use in this process. Two sinks of a query that write the same topic need names: set Name of KafkaSinkOptions.");

    internal static StreamLinqException NoKey(string place) => new("SLQ4026",
        $"{place}: an upsert needs a key, and the query tells none. Call WithKey on the sink.");

    internal static StreamLinqException OldCheckpoint(string place, long written, long? committed) => new("SLQ4027", string.Create(CultureInfo.InvariantCulture,
        $"{place}: epoch {written} of this query is written, but its checkpoint ends with {committed?.ToString(CultureInfo.InvariantCulture) ?? "none"}: it is older than the topic. Restore the newer checkpoint, or start with an empty checkpoint folder."));

    /// <summary>An error of librdkafka as one of ours.</summary>
    internal static StreamLinqException Of(Error error, string place, Exception? inner = null, string id = "") => error.Code switch
    {
        ErrorCode.Local_Authentication or ErrorCode.SaslAuthenticationFailed or ErrorCode.IllegalSaslState or ErrorCode.UnsupportedSaslMechanism or ErrorCode.Local_Ssl
            or ErrorCode.DelegationTokenExpired or ErrorCode.UnacceptableCredential or ErrorCode.PrincipalDeserializationFailure => NotAuthenticated(place, Text(error), inner),
        ErrorCode.TopicAuthorizationFailed or ErrorCode.GroupAuthorizationFailed or ErrorCode.ClusterAuthorizationFailed or ErrorCode.TransactionalIdAuthorizationFailed
            or ErrorCode.DelegationTokenAuthorizationFailed or ErrorCode.SecurityDisabled or ErrorCode.PolicyViolation => NotAllowed(place, Text(error), inner),
        ErrorCode.MsgSizeTooLarge or ErrorCode.RecordListTooLarge => TooLarge(place, Text(error), inner),
        ErrorCode.Local_Fenced or ErrorCode.ProducerFenced or ErrorCode.InvalidProducerEpoch => Fenced(place, id, inner),
        ErrorCode.Local_UnknownTopic or ErrorCode.UnknownTopicOrPart or ErrorCode.Local_UnknownPartition or ErrorCode.TopicException => NoTopic(place, Text(error)),
        _ => Client(place, Text(error), inner),
    };

    /// <summary>Whether it goes by itself when broker and network come back.</summary>
    internal static bool IsPassing(Error error) => !error.IsFatal && error.Code is
        ErrorCode.Local_Transport or ErrorCode.Local_AllBrokersDown or ErrorCode.Local_Resolve or ErrorCode.Local_TimedOut or ErrorCode.Local_TimedOutQueue or ErrorCode.Local_WaitCoord or ErrorCode.Local_WaitCache
        or ErrorCode.Local_Retry or ErrorCode.Local_NodeUpdate or ErrorCode.Local_UnknownBroker or ErrorCode.Local_InProgress or ErrorCode.Local_PrevInProgress or ErrorCode.Local_Intr or ErrorCode.Local_DestroyBroker
        or ErrorCode.LeaderNotAvailable or ErrorCode.NotLeaderForPartition or ErrorCode.RequestTimedOut or ErrorCode.BrokerNotAvailable or ErrorCode.ReplicaNotAvailable or ErrorCode.NetworkException
        or ErrorCode.GroupLoadInProgress or ErrorCode.GroupCoordinatorNotAvailable or ErrorCode.NotCoordinatorForGroup or ErrorCode.NotController or ErrorCode.NotEnoughReplicas
        or ErrorCode.NotEnoughReplicasAfterAppend or ErrorCode.KafkaStorageError or ErrorCode.FencedLeaderEpoch or ErrorCode.UnknownLeaderEpoch or ErrorCode.OffsetNotAvailable or ErrorCode.ConcurrentTransactions
        or ErrorCode.UnstableOffsetCommit or ErrorCode.ThrottlingQuotaExceeded or ErrorCode.RebootstrapRequired or ErrorCode.ReassignmentInProgress or ErrorCode.Local_UnknownPartition;

    internal static string Text(Error error) => $"{error.Reason.TrimEnd('.', ' ')} ({error.Code})";
}
