// What can be said without a broker: settings that are refused, librdkafka's errors as ours, positions, shares, formats.
using System.Text;
using Confluent.Kafka;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;
using StreamLinq.Kafka;

namespace StreamLinq.Tests.Kafka;

public sealed class WithoutBrokerTests
{
    private sealed record Row(int Id, string Name);

    private static Dictionary<string, string> One(string name, string value = "x") => new() { [name] = value };

    [TestCase("group.id", "GroupId")]
    [TestCase("isolation.level", "ReadUncommitted")]
    [TestCase("auto.offset.reset", "OnDataLoss")]
    [TestCase("enable.auto.commit", "lag monitors")]
    [TestCase("enable.partition.eof", "without records")]
    [TestCase("bootstrap.servers", "first argument")]
    public void A_setting_that_would_break_the_source_is_refused(string name, string why)
    {
        var error = Assert.Throws<StreamLinqException>(() => KafkaSource.From<string>("h:1", "t", options: new KafkaSourceOptions { Settings = One(name) }))!;
        Assert.That(error.Message, Does.StartWith($"SLQ4002: the setting '{name}' is not taken: ").And.Contain(why));
    }

    [TestCase("transactional.id", "x", "Set Name")]
    [TestCase("enable.idempotence", "false", "twice")]
    [TestCase("acks", "1", "acks=all")]
    [TestCase("max.in.flight", "6", "Use 1 to 5")]
    [TestCase("message.timeout.ms", "1", "MaxOutage")]
    public void A_setting_that_would_break_the_sink_is_refused(string name, string value, string why)
    {
        var error = Assert.Throws<StreamLinqException>(() => KafkaSink.To<string>("h:1", "t", options: new KafkaSinkOptions { Settings = One(name, value) }))!;
        Assert.That(error.Message, Does.StartWith($"SLQ4002: the setting '{name}' is not taken: ").And.Contain(why));
        Assert.Throws<StreamLinqException>(() => KafkaSink.Json("h:1", "t", options: new KafkaSinkOptions { Settings = One(name, value) }));
    }

    [Test]
    public void A_setting_that_the_library_does_not_know_is_told()
    {
        _ = Broker.Address;   // no library, no test
        var source = KafkaSource.Values<string>("h:1", "t", null, new KafkaSourceOptions { Settings = One("no.such.setting") });
        var error = Assert.ThrowsAsync<StreamLinqException>(async () => await source.OpenAsync(new SourceContext("s", Guid.NewGuid(), [], TimeProvider.System), default))!;
        Assert.That(error.Message, Does.StartWith("SLQ4003:").And.Contain("no.such.setting").And.Contain("Settings"));
    }

    [TestCase(ErrorCode.Local_Authentication, "SLQ4005")]
    [TestCase(ErrorCode.SaslAuthenticationFailed, "SLQ4005")]
    [TestCase(ErrorCode.Local_Ssl, "SLQ4005")]
    [TestCase(ErrorCode.TopicAuthorizationFailed, "SLQ4006")]
    [TestCase(ErrorCode.GroupAuthorizationFailed, "SLQ4006")]
    [TestCase(ErrorCode.TransactionalIdAuthorizationFailed, "SLQ4006")]
    [TestCase(ErrorCode.UnknownTopicOrPart, "SLQ4007")]
    [TestCase(ErrorCode.Local_BadMsg, "SLQ4012")]
    [TestCase(ErrorCode.Local_NotImplemented, "SLQ4012")]
    [TestCase(ErrorCode.MsgSizeTooLarge, "SLQ4020")]
    [TestCase(ErrorCode.ProducerFenced, "SLQ4022")]
    [TestCase(ErrorCode.Local_Fenced, "SLQ4022")]
    public void An_error_of_the_library_is_one_of_ours(ErrorCode code, string expected)
    {
        var error = KafkaErrors.Of(new Error(code, "the reason."), "Kafka topic t at h:1", null, "streamlinq-1-t");
        Assert.That((error.Code, KafkaErrors.IsPassing(new Error(code))), Is.EqualTo((expected, false)));
        Assert.That(error.Message, Does.StartWith($"{expected}: Kafka topic t at h:1: ").And.Contain(expected == "SLQ4022" ? "streamlinq-1-t" : "the reason"));
    }

    [TestCase(ErrorCode.Local_Transport)]
    [TestCase(ErrorCode.Local_AllBrokersDown)]
    [TestCase(ErrorCode.Local_TimedOut)]
    [TestCase(ErrorCode.NotCoordinatorForGroup)]
    [TestCase(ErrorCode.NotLeaderForPartition)]
    public void An_error_that_passes_is_waited_out(ErrorCode code) => Assert.That(KafkaErrors.IsPassing(new Error(code)));

    [Test]
    public void A_library_that_is_missing_is_told_with_what_to_do() =>
        Assert.That(KafkaErrors.NoLibrary(new DllNotFoundException("librdkafka")).Message, Does.StartWith("SLQ4001: the native library librdkafka, 2.1 or later, was not found: librdkafka").And.Contain("librdkafka.redist"));

    [Test]
    public void Shares_are_all_that_may_be_taken_and_none_is_more_than_its_lag() => Prop.ForAll(
        ArbMap.Default.GeneratorFor<NonNegativeInt>().Select(n => (long)n.Get).ListOf().ToArbitrary(), ArbMap.Default.GeneratorFor<PositiveInt>().Select(n => (long)n.Get).ToArbitrary(), (lags, most) =>
        {
            var list = lags.ToList();
            var shares = LagShare.Of(list, most);
            Assert.That(shares.Sum(), Is.EqualTo(Math.Min(most, list.Sum())));
            Assert.That(shares.Zip(list).All(s => s.First >= 0 && s.First <= s.Second));
            // Proportional, but for what rounding moves.
            for (var i = 0; i < shares.Length && list.Sum() > most; i++) Assert.That(Math.Abs(shares[i] - ((double)most * list[i] / list.Sum())), Is.LessThanOrEqualTo(list.Count + 1));
        }).QuickCheckThrowOnFailure();

    [TestCase("5", null, 5L, "")]
    [TestCase("5@00ff", null, 5L, "00ff")]
    [TestCase("3>5@00ff", 3L, 5L, "00ff")]
    public void A_position_is_read_as_it_was_written(string text, long? first, long next, string id)
    {
        Assert.That(PartitionPosition.Parse(text), Is.EqualTo(new PartitionPosition(first, next, id)));
        Assert.That(PartitionPosition.Parse(text)!.Value.ToString(), Is.EqualTo(text));
    }

    [TestCase("")]
    [TestCase("-1")]
    [TestCase("6>5")]
    [TestCase(">5")]
    [TestCase("5:7")]
    [TestCase("99999999999999999999")]
    public void What_is_no_position_is_refused(string text) => Assert.That(PartitionPosition.Parse(text), Is.Null);

    [Test]
    public void A_topic_may_have_dashes_in_its_name() => Assert.That(PartitionPosition.OfName(PartitionPosition.Name("a-1-b", 12)), Is.EqualTo(("a-1-b", 12)));

    [Test]
    public void Debezium_tells_created_updated_and_deleted_rows_with_and_without_schema()
    {
        var format = KafkaFormat.Debezium<Row>();
        Change<Row>? Of(string json) => format.Deserialize(Encoding.UTF8.GetBytes(json), false, SerializationContext.Empty);
        Assert.That(Of("""{"before":null,"after":{"id":1,"name":"a","more":{"x":[1]}},"source":{"op":"?"},"op":"c","ts_ms":1}"""), Is.EqualTo(new Change<Row>(ChangeKind.Upsert, new(1, "a"))));
        Assert.That(Of("""{"schema":{"fields":[{"op":"x"}]},"payload":{"op":"u","before":{"id":1,"name":"a"},"after":{"id":1,"name":"b"}}}"""), Is.EqualTo(new Change<Row>(ChangeKind.Upsert, new(1, "b"))));
        Assert.That(Of("""{"op":"r","after":{"id":2,"name":"c"}}"""), Is.EqualTo(new Change<Row>(ChangeKind.Upsert, new(2, "c"))));
        Assert.That(Of("""{"op":"d","before":{"id":2},"after":null}"""), Is.EqualTo(new Change<Row>(ChangeKind.Delete, new(2, null!))));
        Assert.That(Of("""{"op":"m","message":{}}"""), Is.Null);
        Assert.That(Of("""{"schema":{},"payload":null}"""), Is.Null);
        Assert.That(format.Deserialize(default, true, SerializationContext.Empty), Is.Null);
        foreach (var bad in (string[])["[]", "{}", "{\"op\":\"t\"}", "{\"op\":\"c\"}", "{\"op\":\"c\",\"after\":{\"id\":1}}", "{\"op\":\"d\",\"before\":null}", "{\"op\":\"c\",\"after\":{", "x", "{\"op\":\"cc\"}"])
            Assert.That(() => Of(bad), Throws.InstanceOf<System.Text.Json.JsonException>(), bad);
    }

    [Test]
    public void Formats_read_what_they_write_and_refuse_what_they_cannot()
    {
        var context = SerializationContext.Empty;
        Assert.That(KafkaFormat.Text.Deserialize(KafkaFormat.Text.Serialize("ä", context), false, context), Is.EqualTo("ä"));
        Assert.That(KafkaFormat.Text.Deserialize(default, true, context), Is.Null);
        Assert.That(() => KafkaFormat.Text.Deserialize([0xff], false, context), Throws.InstanceOf<ArgumentException>());
        var json = KafkaFormat.Json<Row>();
        Assert.That(json.Deserialize(json.Serialize(new(1, "a"), context), false, context), Is.EqualTo(new Row(1, "a")));
        Assert.That(() => json.Deserialize("{\"id\":1}"u8, false, context), Throws.InstanceOf<System.Text.Json.JsonException>());
        Assert.That(() => KafkaFormat.Json<int>().Deserialize(default, true, context), Throws.InstanceOf<System.Text.Json.JsonException>());
        var error = Assert.Throws<StreamLinqException>(() => KafkaSource.From<Action>("h:1", "t"))!;
        Assert.That(error.Message, Does.StartWith("SLQ4013: Action cannot be read or written as JSON:"));
    }

    [Test]
    public void An_upsert_without_a_key_is_refused()
    {
        _ = Broker.Address;   // no library, no test
        var error = Assert.ThrowsAsync<StreamLinqException>(async () => await KafkaSink.To<string>("h:1", "t").OpenAsync(SinkTests.Context(Guid.NewGuid(), OutputMode.Update, null), default))!;
        Assert.That(error.Message, Does.StartWith("SLQ4026:").And.Contain("WithKey"));
    }

    [Test]
    public void Topics_are_named_once_and_patterns_match_whole_names()
    {
        Assert.That(() => KafkaTopics.Of("a", "a"), Throws.InstanceOf<ArgumentException>());
        Assert.That(() => KafkaTopics.Of(), Throws.InstanceOf<ArgumentException>());
        Assert.That(() => KafkaTopics.Matching("(?=a)"), Throws.InstanceOf<ArgumentException>());
        Assert.That(KafkaTopics.Matching("a|b").Pattern!.IsMatch("ab"), Is.False);
    }
}
