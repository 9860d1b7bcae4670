// The sink on the real broker: forms, keys, proof, and two processes with one query.
using Confluent.Kafka;
using NUnit.Framework;

namespace StreamLinq.Tests.Kafka;

[NonParallelizable]
public sealed class SinkTests
{
    private static readonly string[] Rows = ["a", "b", "c", "d", "e", "f", "a"];

    private sealed record Order(string Customer, int Amount, DateTimeOffset At);

    private sealed record Total(string Customer, int Orders, int Amount);

    [Test]
    public async Task The_sink_keeps_the_contract([Values] KafkaDelivery delivery)
    {
        var topic = await Topics.CreateAsync(partitions: 2);
        await SinkContract.VerifyAsync(
            () => KafkaSink.To(Broker.Address, topic, KafkaFormat.Text!, new KafkaSinkOptions { Delivery = delivery }), Rows, () => new((IReadOnlyList<string>)[.. Topics.Read(topic).Select(r => r.Value!)]));
        var marks = Topics.Read(topic).Count(r => r.Headers.ContainsKey("streamlinq-epoch"));
        Assert.That(marks, delivery == KafkaDelivery.AtLeastOnce ? Is.GreaterThan(Rows.Length) : Is.EqualTo(Rows.Length), "each row was a batch of its own");
    }

    [Test]
    public async Task A_stream_is_written_with_key_topic_headers_and_time_of_the_row()
    {
        var (first, second) = (await Topics.CreateAsync(4), await Topics.CreateAsync(4));
        var at = new DateTimeOffset(2026, 5, 6, 7, 8, 9, 10, TimeSpan.Zero);
        var orders = new MemorySource<Order>();
        orders.Add(new("21", 1, at), new("foobar", 2, at.AddSeconds(1)), new("a-little-bit-long-string", 3, at.AddSeconds(2)));
        var sink = KafkaSink.To<Order>(Broker.Address, first).WithKey(o => o.Customer).WithTopic(o => o.Amount == 2 ? second : first)
            .WithHeaders(o => [new KafkaHeader("amount", System.Text.Encoding.UTF8.GetBytes($"{o.Amount}"))]).WithTimestamp(o => o.At);
        await RunNow.OutputAsync(orders.AsStreamQueryable().WriteTo(sink));
        var (one, two) = (Topics.Read(first), Topics.Read(second));
        Assert.That(two.Single() is { Key: "foobar", Value: "{\"customer\":\"foobar\",\"amount\":2,\"at\":\"2026-05-06T07:08:10.01+00:00\"}" } record && record.Time == at.AddSeconds(1).UtcDateTime && record.Headers["amount"] == "2", two.Single().ToString());

        // Kafka's own murmur2 of these keys: -973932308, -790332482, -985981536.
        var partitions = one.Concat(two).ToDictionary(r => r.Key!, r => r.Partition);
        Assert.That((partitions["21"], partitions["foobar"], partitions["a-little-bit-long-string"]), Is.EqualTo(((-973932308 & int.MaxValue) % 4, (-790332482 & int.MaxValue) % 4, (-985981536 & int.MaxValue) % 4)));
    }

    [Test]
    public async Task A_table_is_written_as_upserts_and_tombstones()
    {
        var topic = await Topics.CreateAsync();
        var (orders, totals) = (new MemorySource<Order>(), (IStreamSink<Total>)KafkaSink.To<Total>(Broker.Address, topic));
        var query = from o in orders.AsStreamQueryable() group o by o.Customer into g select new Total(g.Key, (int)g.Count(), (int)g.Sum(o => o.Amount));
        await using (var engine = new StreamEngine())
        {
            await using var running = await engine.StartAsync(query.WriteTo(totals, OutputMode.Update));
            orders.Add(new("ada", 5, default), new Order("bob", 7, default));
            await running.ProcessAllAvailableAsync();
            orders.Add(new Order("ada", 1, default));
            await running.ProcessAllAvailableAsync();
        }

        Assert.That(Topics.Read(topic).Select(r => (r.Key, r.Value)), Is.EqualTo(new (string?, string?)[]
        {
            ("ada", "{\"customer\":\"ada\",\"orders\":1,\"amount\":5}"), ("bob", "{\"customer\":\"bob\",\"orders\":1,\"amount\":7}"), ("ada", "{\"customer\":\"ada\",\"orders\":2,\"amount\":6}"),
        }));

        // A row that leaves: as the engine tells it.
        await WriteAsync(totals, OutputMode.Update, new Change<Total>(ChangeKind.Delete, new("ada", 2, 6)));
        Assert.That(Topics.ReadTable(topic).Keys, Is.EqualTo((string[])["bob"]));
    }

    [Test]
    public async Task A_changelog_is_written_as_envelopes_that_the_source_reads_as_changes()
    {
        var topic = await Topics.CreateAsync();
        await WriteAsync(KafkaSink.To<Total>(Broker.Address, topic), OutputMode.Changelog, new(ChangeKind.Insert, new("ada", 1, 5)), new(ChangeKind.Delete, new("ada", 1, 5)), new(ChangeKind.Insert, new("ada", 2, 6)));
        var records = Topics.Read(topic);
        Assert.That(records.Select(r => (r.Key, r.Headers["change"])), Is.EqualTo(new (string?, string)[] { ("ada", "insert"), ("ada", "delete"), ("ada", "insert") }));
        Assert.That(records[1].Value, Is.EqualTo("{\"op\":\"d\",\"before\":{\"customer\":\"ada\",\"orders\":1,\"amount\":5},\"after\":null}"));
        Assert.That(await RunNow.RowsAsync(KafkaSource.Changes<Total>(Broker.Address, topic, null, null)), Is.EqualTo(new Change<Total>[]
        {
            new(ChangeKind.Upsert, new("ada", 1, 5)), new(ChangeKind.Delete, new("ada", 1, 5)), new(ChangeKind.Upsert, new("ada", 2, 6)),
        }));
    }

    [Test]
    public async Task A_key_of_several_members_is_an_object_of_them()
    {
        var topic = await Topics.CreateAsync();
        var orders = new MemorySource<Order>();
        orders.Add(new Order("ada", 5, default));
        var query = from o in orders.AsStreamQueryable() group o by new { o.Customer, o.Amount } into g select new { g.Key.Customer, g.Key.Amount, Count = g.Count() };
        await RunNowWithRows(query.WriteTo(KafkaSink.Json(Broker.Address, topic), OutputMode.Update));
        Assert.That(Topics.Read(topic).Select(r => (r.Key, r.Value)), Is.EqualTo(new (string?, string?)[] { ("{\"customer\":\"ada\",\"amount\":5}", "{\"customer\":\"ada\",\"amount\":5,\"count\":1}") }));

        static Task RunNowWithRows(StreamOutput output) => RunNow.OutputAsync(output);
    }

    [Test]
    public async Task A_row_that_cannot_be_written_fails_the_query_and_leaves_nothing()
    {
        var topic = await Topics.CreateAsync();
        var error = Assert.ThrowsAsync<StreamLinqException>(() => WriteAsync(KafkaSink.To<Total>(Broker.Address, topic).WithKey(t => t.Orders / (t.Orders - 1)), null, new(ChangeKind.Insert, new("a", 2, 1)), new(ChangeKind.Insert, new("b", 1, 1))))!;
        Assert.That(error.Message, Does.StartWith("SLQ4021:").And.Contain("a row of Total in epoch 0 cannot be written: Attempted to divide by zero."));
        Assert.That(Topics.Read(topic), Is.Empty);
    }

    [Test]
    public async Task A_record_larger_than_the_limit_says_so([Values] KafkaDelivery delivery)
    {
        var topic = await Topics.CreateAsync();
        var error = Assert.ThrowsAsync<StreamLinqException>(() => WriteAsync(KafkaSink.To<string>(Broker.Address, topic, options: new KafkaSinkOptions { Delivery = delivery }), null, new Change<string>(ChangeKind.Insert, new string('x', 1_100_000))))!;
        Assert.That(error.Message, Does.StartWith("SLQ4020:").And.Contain("message.max.bytes"));
        Assert.That(Topics.Read(topic), Is.Empty);
    }

    [Test]
    public async Task Where_the_proof_has_expired_the_topic_is_asked_and_then_the_user()
    {
        var topic = await Topics.CreateAsync(2);
        var (sink, query) = (KafkaSink.To<string>(Broker.Address, topic), Guid.NewGuid());
        async Task WriteEpochAsync(IStreamSink<string> to, long epoch, long? committed)
        {
            await using var writer = await to.OpenAsync(Context(query, null, committed), default);
            await writer.WriteAsync(new SinkBatch<string>(epoch, false, new[] { new Change<string>(ChangeKind.Insert, $"{epoch}") }), default);
            await writer.FlushAsync(epoch, default);
            await writer.CommitAsync(epoch, default);
        }

        await WriteEpochAsync(sink, 0, null);
        await WriteEpochAsync(sink, 1, 0);
        await ForgetAsync();
        await WriteEpochAsync(sink, 1, 0);                            // the log has lost the epoch, the topic has it: it is skipped
        await WriteEpochAsync(sink, 2, 1);
        Assert.That(Topics.Read(topic).Select(r => r.Value), Is.EquivalentTo((string[])["0", "1", "2"]));

        await ForgetAsync();
        using (var admin = Topics.Admin()) await admin.DeleteRecordsAsync(Enumerable.Range(0, 2).Select(p => new TopicPartitionOffset(topic, p, Offset.End)));
        var error = Assert.ThrowsAsync<StreamLinqException>(() => WriteEpochAsync(sink, 3, 2))!;
        Assert.That(error.Message, Does.StartWith("SLQ4024:").And.Contain("has a header of this query").And.Contain("set LastEpochWritten to 3, else to 2"));
        await WriteEpochAsync(KafkaSink.To<string>(Broker.Address, topic, options: new KafkaSinkOptions { LastEpochWritten = 2 }), 3, 2);
        Assert.That(Topics.Read(topic).Select(r => r.Value), Is.EqualTo((string[])["3"]));

        async Task ForgetAsync()
        {
            using var admin = Topics.Admin();
            await admin.DeleteGroupsAsync([$"streamlinq-{query:N}-{topic}"]);
        }
    }

    [Test]
    public async Task A_checkpoint_that_is_older_than_the_topic_is_refused()
    {
        var topic = await Topics.CreateAsync();
        var (sink, query) = (KafkaSink.To<string>(Broker.Address, topic), Guid.NewGuid());
        await using (var writer = await sink.OpenAsync(Context(query, null, null), default))
        {
            for (var epoch = 0; epoch < 3; epoch++)
            {
                await writer.WriteAsync(new SinkBatch<string>(epoch, false, new[] { new Change<string>(ChangeKind.Insert, "a") }), default);
                await writer.FlushAsync(epoch, default);
            }
        }

        var error = Assert.ThrowsAsync<StreamLinqException>(async () => await sink.OpenAsync(Context(query, null, 0), default))!;
        Assert.That(error.Message, Does.StartWith("SLQ4027:").And.Contain("epoch 2 of this query is written, but its checkpoint ends with 0"));
        await using var right = await sink.OpenAsync(Context(query, null, 1), default);
    }

    [Test]
    public async Task Two_sinks_of_a_query_on_one_topic_need_names()
    {
        var topic = await Topics.CreateAsync();
        var query = Guid.NewGuid();
        await using var first = await KafkaSink.To<string>(Broker.Address, topic).OpenAsync(Context(query, null, null), default);
        var error = Assert.ThrowsAsync<StreamLinqException>(async () => await KafkaSink.To<string>(Broker.Address, topic).OpenAsync(Context(query, null, null), default))!;
        Assert.That(error.Message, Does.StartWith("SLQ4025:").And.Contain("set Name"));
        await using var named = await KafkaSink.To<string>(Broker.Address, topic, options: new KafkaSinkOptions { Name = "second" }).OpenAsync(Context(query, null, null), default);
    }

    [Test]
    public async Task A_producer_that_is_fenced_says_that_the_query_runs_twice()
    {
        var topic = await Topics.CreateAsync();
        var query = Guid.NewGuid();
        await using var older = await KafkaSink.To<string>(Broker.Address, topic).OpenAsync(Context(query, null, null), default);
        await older.WriteAsync(new SinkBatch<string>(0, false, new[] { new Change<string>(ChangeKind.Insert, "older") }), default);

        // What another process does first.
        using (var newer = Topics.Producer($"streamlinq-{query:N}-{topic}")) newer.InitTransactions(TimeSpan.FromSeconds(20));
        var error = Assert.ThrowsAsync<StreamLinqException>(async () => await older.FlushAsync(0, default))!;
        Assert.That(error.Message, Does.StartWith("SLQ4022:").And.Contain($"streamlinq-{query:N}-{topic}").And.Contain("the same query runs twice"));
        Assert.That(Topics.Read(topic), Is.Empty);
    }

    [Test]
    public async Task A_transaction_that_times_out_ends_the_query_and_is_written_anew()
    {
        var topic = await Topics.CreateAsync();
        var query = Guid.NewGuid();
        var sink = KafkaSink.To<string>(Broker.Address, topic, options: new KafkaSinkOptions { Settings = new Dictionary<string, string> { ["transaction.timeout.ms"] = "1000" } });
        var batch = new SinkBatch<string>(0, false, new[] { new Change<string>(ChangeKind.Insert, "slow") });
        await using (var writer = await sink.OpenAsync(Context(query, null, null), default))
        {
            await writer.WriteAsync(batch, default);
            await Task.Delay(3500);
            var error = Assert.ThrowsAsync<StreamLinqException>(async () => await writer.FlushAsync(0, default))!;
            Assert.That(error.Code, Is.EqualTo("SLQ4022").Or.EqualTo("SLQ4023"), error.Message);
        }

        await using (var writer = await sink.OpenAsync(Context(query, null, null), default))
        {
            await writer.WriteAsync(batch, default);
            await writer.FlushAsync(0, default);
        }

        Assert.That(Topics.Read(topic).Select(r => r.Value), Is.EqualTo((string[])["slow"]));
    }

    internal static SinkContext Context(Guid query, OutputMode? mode, long? committed, params string[] key) => new(query, Guid.NewGuid(), "test", mode, 0, 1, key, committed, TimeProvider.System);

    private static async Task WriteAsync<T>(IStreamSink<T> sink, OutputMode? mode, params Change<T>[] changes)
    {
        await using var writer = await sink.OpenAsync(Context(Guid.NewGuid(), mode, null, mode is null ? [] : ["Customer"]), default);
        await writer.WriteAsync(new SinkBatch<T>(0, false, changes), default);
        await writer.FlushAsync(0, default);
        await writer.CommitAsync(0, default);
    }
}
