// The source on the real broker: ranges, gaps, transactions, starts, partitions that come, records that go.
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using NUnit.Framework;

namespace StreamLinq.Tests.Kafka;

[NonParallelizable]
public sealed class SourceTests
{
    private static readonly KafkaSourceOptions Quick = new() { DiscoveryInterval = TimeSpan.FromMilliseconds(200) };

    private static IStreamSource<string> Source(KafkaTopics topics, KafkaSourceOptions? options = null) => KafkaSource.Values(Broker.Address, topics, KafkaFormat.Text!, options)!;

    [Test]
    public async Task The_source_keeps_the_contract()
    {
        var topic = await Topics.CreateAsync(3);
        for (var i = 0; i < 12; i += 4) Topics.Write(topic, i / 4, Topics.Numbers(i, 4));
        await SourceContract.VerifyAsync(() => Source(topic), [.. Topics.Numbers(0, 12)], rowsPerEpoch: 5);
    }

    [Test]
    public async Task Ranges_have_gaps_and_end_in_gaps()
    {
        var topic = await Topics.CreateAsync();
        Topics.WriteInTransaction(topic, 0, commit: true, Topics.Numbers(0, 5));
        Topics.WriteInTransaction(topic, 0, commit: false, Topics.Numbers(100, 5));
        Topics.Write(topic, 0, Topics.Numbers(5, 5));
        Topics.WriteInTransaction(topic, 0, commit: false, Topics.Numbers(200, 30));
        await SourceContract.VerifyAsync(() => Source(topic), [.. Topics.Numbers(0, 10)], rowsPerEpoch: 8);
    }

    [Test]
    public async Task Aborted_and_open_transactions_are_read_only_where_that_is_asked_for()
    {
        var topic = await Topics.CreateAsync();
        Topics.WriteInTransaction(topic, 0, commit: false, "aborted");
        Topics.Write(topic, 0, "a");
        using var open = Topics.Producer(Topics.NewName("open"));
        open.InitTransactions(TimeSpan.FromSeconds(20));
        open.BeginTransaction();
        open.Produce(topic, new Message<string?, string?> { Value = "open" });
        open.Flush(TimeSpan.FromSeconds(20));

        Assert.That(await RunNow.RowsAsync(Source(topic)), Is.EqualTo((string[])["a"]));
        Assert.That(await RunNow.RowsAsync(Source(topic, new KafkaSourceOptions { ReadUncommitted = true })), Is.EqualTo((string[])["aborted", "a", "open"]));
        open.AbortTransaction(TimeSpan.FromSeconds(20));
    }

    [Test]
    public async Task A_compacted_topic_is_read_over_its_gaps()
    {
        var topic = await Topics.CreateAsync(1, null, ("cleanup.policy", "compact"), ("segment.bytes", "1048576"), ("segment.ms", "50"), ("min.cleanable.dirty.ratio", "0.001"), ("max.compaction.lag.ms", "100"));
        using (var producer = Topics.Producer())
        {
            for (var i = 0; i < 300; i++)
            {
                producer.Produce(topic, new Message<string?, string?> { Key = $"{i % 7}", Value = $"{i}" });
                if (i % 50 == 49)
                {
                    producer.Flush(TimeSpan.FromSeconds(20));
                    await Task.Delay(60);
                }
            }
        }

        // Whether the broker has compacted by now or not: what is there, in order, and the end is reached.
        var expected = Topics.Read(topic).ConvertAll(r => r.Value!);
        Assert.That(await RunNow.RowsAsync(Source(topic), new StreamingQueryOptions { MaxRowsPerEpoch = 40 }), Is.SupersetOf(expected.TakeLast(7)).And.Ordered.Using<string>((a, b) => int.Parse(a).CompareTo(int.Parse(b))));
    }

    [Test]
    public async Task A_new_query_begins_where_it_is_told()
    {
        var topic = await Topics.CreateAsync();
        using (var producer = Topics.Producer())
        {
            for (var i = 0; i < 10; i++) producer.Produce(topic, new Message<string?, string?> { Value = $"{i}", Timestamp = new Timestamp(DateTimeOffset.UnixEpoch.AddDays(10_000 + i)) });
            producer.Flush(TimeSpan.FromSeconds(20));
        }

        var at = DateTimeOffset.UnixEpoch.AddDays(10_006).AddMilliseconds(-1);
        Assert.That(await RunNow.RowsAsync(Source(topic, new KafkaSourceOptions { Start = KafkaStart.At(at) })), Is.EqualTo(Topics.Numbers(6, 4)));
        Assert.That(await RunNow.RowsAsync(Source(topic, new KafkaSourceOptions { Start = KafkaStart.At(at.AddYears(1)) })), Is.Empty);
        Assert.That(await RunNow.RowsAsync(Source(topic, new KafkaSourceOptions { Start = KafkaStart.Offsets((topic, 0, 8)) })), Is.EqualTo(Topics.Numbers(8, 2)));
        Assert.That(await RunNow.RowsAsync(Source(topic, new KafkaSourceOptions { Start = KafkaStart.Latest })), Is.Empty);
        var error = Assert.ThrowsAsync<StreamLinqException>(() => RunNow.RowsAsync(Source(topic, new KafkaSourceOptions { Start = KafkaStart.Offsets((topic, 0, 11)) })))!;
        Assert.That(error.Message, Does.StartWith("SLQ4008:").And.Contain("Start names offset 11, and the partition ends at 10"));
    }

    [Test]
    public async Task Where_latest_was_is_kept_also_if_nothing_came_before_the_stop()
    {
        var topic = await Topics.CreateAsync();
        Topics.Write(topic, 0, "before");
        await using var run = await LiveRun.StartAsync(Source(topic, Quick with { Start = KafkaStart.Latest }));
        await run.Query.ProcessAllAvailableAsync();
        await run.StopAsync();
        Topics.Write(topic, 0, "between");
        await run.StartAgainAsync();
        await run.Query.ProcessAllAvailableAsync();
        Assert.That(run.Rows, Is.EqualTo((string[])["between"]));
    }

    [Test]
    public async Task New_partitions_and_topics_of_a_pattern_are_found_and_read_from_their_beginning()
    {
        var beginning = Topics.NewName("found");
        await Topics.CreateAsync(1, beginning + "-a");
        Topics.Write(beginning + "-a", 0, "1");
        await using var run = await LiveRun.StartAsync(Source(KafkaTopics.Matching(beginning + "-[ab]"), Quick with { Start = KafkaStart.Latest }));
        await run.Query.ProcessAllAvailableAsync();
        using (var admin = Topics.Admin()) await admin.CreatePartitionsAsync([new PartitionsSpecification { Topic = beginning + "-a", IncreaseTo = 2 }]);
        await Topics.CreateAsync(1, beginning + "-b");
        await Topics.CreateAsync(1, beginning + "-c");
        Topics.Write(beginning + "-a", 1, "2");
        Topics.Write(beginning + "-b", 0, "3");
        Topics.Write(beginning + "-c", 0, "4");
        await run.UntilAsync(() => run.Rows.Count >= 2);
        Topics.Write(beginning + "-a", 0, "5");
        await run.UntilAsync(() => run.Rows.Count >= 3);
        await run.Query.ProcessAllAvailableAsync();
        Assert.That(run.Rows, Is.EquivalentTo((string[])["2", "3", "5"]));
        Assert.That(run.Query.LastProgress!.Sources[0].End.Select(o => o.Partition), Is.EqualTo((string[])[beginning + "-a-0", beginning + "-a-1", beginning + "-b-0"]));
    }

    [Test]
    public async Task Rows_per_epoch_are_shared_by_lag_and_the_progress_tells_it()
    {
        var topic = await Topics.CreateAsync(2);
        Topics.Write(topic, 0, Topics.Numbers(0, 900));
        Topics.Write(topic, 1, Topics.Numbers(1000, 100));
        await using var run = await LiveRun.StartAsync(Source(topic), new StreamingQueryOptions { MaxRowsPerEpoch = 100, Trigger = Trigger.Once });
        await run.Query.Completion;
        var source = run.Query.LastProgress!.Sources[0];
        Assert.That(source.End.Select(o => o.Position[..o.Position.IndexOf('@')]), Is.EqualTo((string[])["0>90", "0>10"]));
        Assert.That(source.Partitions.Select(p => (p.Partition, p.Lag, p.Lost)), Is.EqualTo(new (string, long?, long)[] { (topic + "-0", 900, 0), (topic + "-1", 100, 0) }));
        Assert.That(source.Partitions.Select(p => p.EventTimeLag), Is.All.InRange(TimeSpan.Zero, TimeSpan.FromMinutes(1)));
    }

    [Test]
    public async Task Offsets_are_told_to_a_group()
    {
        var topic = await Topics.CreateAsync();
        var group = Topics.NewName("monitor");
        Topics.Write(topic, 0, Topics.Numbers(0, 10));
        await RunNow.RowsAsync(Source(topic, new KafkaSourceOptions { GroupId = group }));
        using var admin = Topics.Admin();
        var told = await admin.ListConsumerGroupOffsetsAsync([new ConsumerGroupTopicPartitions(group, null)]);
        Assert.That(told[0].Partitions.Select(p => (p.Topic, p.Offset.Value)), Is.EqualTo(new[] { (topic, 10L) }));
    }

    [Test]
    public async Task More_than_the_memory_for_reading_ahead_goes_through()
    {
        var topic = await Topics.CreateAsync(3);
        for (var p = 0; p < 3; p++) Topics.Write(topic, p, Topics.Numbers(p * 20_000, 20_000));
        var rows = await RunNow.RowsAsync(Source(topic, new KafkaSourceOptions { ReadAheadBytes = 128 << 10 }), new StreamingQueryOptions { MaxLatency = Timeout.InfiniteTimeSpan });
        Assert.That(rows.ConvertAll(int.Parse), Is.EqualTo(Enumerable.Range(0, 60_000)));
    }

    [Test]
    public async Task Records_come_with_all_that_Kafka_knows()
    {
        var topic = await Topics.CreateAsync();
        var time = new DateTimeOffset(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero);
        using (var producer = Topics.Producer())
        {
            producer.Produce(topic, new Message<string?, string?> { Key = "k", Value = "v", Timestamp = new Timestamp(time), Headers = new Headers { { "h", "x"u8.ToArray() } } });
            producer.Produce(topic, new Message<string?, string?> { Key = "k", Value = null });
            producer.Flush(TimeSpan.FromSeconds(20));
        }

        var rows = await RunNow.RowsAsync(KafkaSource.Whole<string?, byte[]?>(Broker.Address, topic, null, null, null));
        Assert.That((rows[0].Topic, rows[0].Partition, rows[0].Offset, rows[0].Timestamp, rows[0].Key), Is.EqualTo((topic, 0, 0L, time, "k")));
        Assert.That(rows[0].Value, Is.EqualTo("v"u8.ToArray()));
        Assert.That(rows[0].Headers.Single().Name, Is.EqualTo("h"));
        Assert.That(rows[0].Headers.Single().Value, Is.EqualTo("x"u8.ToArray()));
        Assert.That((rows[1].Key, rows[1].Value, rows[1].Headers.Count), Is.EqualTo(("k", (byte[]?)null, 0)));
    }

    [Test]
    public async Task Each_topic_partition_has_a_watermark_of_its_own()
    {
        var topic = await Topics.CreateAsync(2);
        var start = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        Topics.Write(topic, 0, "1", "100");
        Topics.Write(topic, 1, "2", "50");
        var counts = KafkaSource.From<string>(Broker.Address, topic).WithEventTime(s => start.AddSeconds(int.Parse(s)), maxDelay: TimeSpan.Zero).Window(Windowing.Tumbling(TimeSpan.FromSeconds(10)))
            .GroupBy(s => 1).Select(g => new { g.Window.Start, Count = g.Count() });
        await using var engine = new StreamEngine();
        await using var query = await engine.StartAsync(counts.WriteTo((_, _) => ValueTask.CompletedTask));
        await query.ProcessAllAvailableAsync();
        var time = query.LastProgress!.EventTime[0];
        Assert.That(time.Watermark, Is.Not.Null, string.Join("; ", query.RecentProgress.Select(p => $"epoch {p.Epoch}: {p.InputRows} rows to {string.Join(", ", p.Sources[0].End)}, watermark {p.EventTime[0].Watermark}")) + ". " + query.WhyNoOutput());
        Assert.That(time.Watermark!.Value.Time, Is.EqualTo(start.AddSeconds(50)));
        Assert.That(time.HeldBackBy, Does.EndWith(topic + "-1"));
    }
}
