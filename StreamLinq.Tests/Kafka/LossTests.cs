// What is gone before it was read, and what cannot be read: the query fails and says it, or counts it.
using Confluent.Kafka;
using NUnit.Framework;

namespace StreamLinq.Tests.Kafka;

[NonParallelizable]
public sealed class LossTests
{
    private sealed record Click(string Page, int Count);

    private static IStreamSource<string> Source(string topic, DataLossPolicy policy = DataLossPolicy.Fail) =>
        KafkaSource.Values(Broker.Address, topic, KafkaFormat.Text!, new KafkaSourceOptions { DiscoveryInterval = TimeSpan.FromMilliseconds(200), OnDataLoss = policy, MaxOutage = TimeSpan.FromSeconds(8) })!;

    private static async Task RemoveAsync(string topic, long before)
    {
        using var admin = Topics.Admin();
        await admin.DeleteRecordsAsync([new TopicPartitionOffset(topic, 0, before)]);
    }

    [Test]
    public async Task Records_that_retention_removed_fail_the_query_or_are_counted()
    {
        var topic = await Topics.CreateAsync();
        Topics.Write(topic, 0, Topics.Numbers(0, 10));
        await using var run = await LiveRun.StartAsync(Source(topic));
        await run.Query.ProcessAllAvailableAsync();
        await run.StopAsync();
        Topics.Write(topic, 0, Topics.Numbers(10, 10));
        await RemoveAsync(topic, 15);
        await run.StartAgainAsync();
        Assert.That((await run.FailureAsync()).Message, Does.StartWith("SLQ4009:").And.Contain($"offsets 10 to 14 of {topic}-0, 5 of them, were removed").And.Contain("OnDataLoss"));

        await run.StartAgainAsync(Source(topic, DataLossPolicy.SkipAndCount));
        await run.UntilAsync(() => run.Rows.Count >= 15);
        Assert.That(run.Rows, Is.EqualTo(Topics.Numbers(0, 10).Concat(Topics.Numbers(15, 5))));
        await run.Query.ProcessAllAvailableAsync();
        Assert.That(run.Query.RecentProgress.Sum(p => p.RowErrors), Is.EqualTo(5));
        Assert.That(run.Query.LastProgress!.Sources[0].Partitions[0].Lost, Is.EqualTo(5));
    }

    [Test]
    public async Task A_topic_created_anew_is_noticed_although_it_has_more_records_than_before()
    {
        var topic = await Topics.CreateAsync();
        Topics.Write(topic, 0, Topics.Numbers(0, 3));
        await using var run = await LiveRun.StartAsync(Source(topic));
        await run.Query.ProcessAllAvailableAsync();
        await run.StopAsync();
        await Topics.DeleteAsync(topic);
        await Topics.CreateAsync(1, topic);
        Topics.Write(topic, 0, Topics.Numbers(100, 5));
        await run.StartAgainAsync();
        Assert.That((await run.FailureAsync()).Message, Does.StartWith("SLQ4008:").And.Contain($"the topic {topic} was deleted and created anew"));

        await run.StartAgainAsync(Source(topic, DataLossPolicy.SkipAndCount));
        await run.UntilAsync(() => run.Rows.Count >= 8);
        Assert.That(run.Rows, Is.EqualTo(Topics.Numbers(0, 3).Concat(Topics.Numbers(100, 5))));
    }

    [Test]
    public async Task A_topic_deleted_while_it_is_read_fails_the_query()
    {
        var topic = await Topics.CreateAsync();
        Topics.Write(topic, 0, "a");
        await using var run = await LiveRun.StartAsync(Source(topic));
        await run.Query.ProcessAllAvailableAsync();
        await Topics.DeleteAsync(topic);
        Assert.That((await run.FailureAsync()).Message, Does.StartWith("SLQ4008:").And.Contain($"the topic {topic} is gone"));

        // A restart finds it gone too, and with the other policy waits for it to come back.
        Assert.That(Assert.ThrowsAsync<StreamLinqException>(() => run.StartAgainAsync())!.ToString(), Does.Contain("SLQ4008").And.Contain($"the topic {topic} is gone"));
        await run.StartAgainAsync(Source(topic, DataLossPolicy.SkipAndCount));
        await run.Query.ProcessAllAvailableAsync();
        await Topics.CreateAsync(1, topic);
        Topics.Write(topic, 0, "b");
        await run.UntilAsync(() => run.Rows.Count == 2);
        Assert.That(run.Rows, Is.EqualTo((string[])["a", "b"]));
    }

    [Test]
    public async Task A_topic_that_is_not_there_is_named()
    {
        var topic = Topics.NewName("absent");
        var error = Assert.ThrowsAsync<StreamLinqException>(() => RunNow.RowsAsync(Source(topic)))!;
        Assert.That(error.Message, Does.StartWith("SLQ4007:").And.Contain($"there is no topic '{topic}'"));
        await Task.CompletedTask;
    }

    [Test]
    public async Task A_checkpoint_of_another_source_is_refused()
    {
        var topic = await Topics.CreateAsync();
        var source = Source(topic);
        var error = Assert.ThrowsAsync<StreamLinqException>(async () => await source.OpenAsync(new SourceContext("s", Guid.NewGuid(), [new SourceOffset(topic + "-0", "5:7")], TimeProvider.System), default))!;
        Assert.That(error.Message, Does.StartWith("SLQ4011:").And.Contain("'5:7' is no position"));
    }

    [Test]
    public async Task A_record_that_cannot_be_read_fails_the_query_and_nothing_of_its_epoch_is_written()
    {
        var topic = await PoisonedAsync();
        var rows = new List<int>();
        var error = Assert.ThrowsAsync<StreamLinqException>(() => RunNow.OutputAsync(KafkaSource.From<Click>(Broker.Address, topic).WriteTo((batch, _) =>
        {
            foreach (var change in batch.Changes.Span) rows.Add(change.Row.Count);
            return ValueTask.CompletedTask;
        })))!;
        Assert.That(error.Message, Does.StartWith("SLQ4010:").And.Contain($"the record at offset 2 of {topic}-0 cannot be read:").And.Contain("OnBadRecord"));
        Assert.That(rows, Is.Empty);
    }

    [Test]
    public async Task Records_that_cannot_be_read_are_counted_or_go_to_a_dead_letter_topic()
    {
        var topic = await PoisonedAsync();
        var dead = await Topics.CreateAsync();
        foreach (var options in new[] { new KafkaSourceOptions { OnBadRecord = BadRecordPolicy.SkipAndCount }, new KafkaSourceOptions { OnBadRecord = BadRecordPolicy.DeadLetter, DeadLetterTopic = dead } })
        {
            var rows = new List<int>();
            var query = await RunNow.OutputAsync(KafkaSource.From<Click>(Broker.Address, topic, options: options).WriteTo((batch, _) =>
            {
                foreach (var change in batch.Changes.Span) rows.Add(change.Row.Count);
                return ValueTask.CompletedTask;
            }));
            Assert.That(rows, Is.EqualTo((int[])[1, 2, 3]));
            Assert.That(query.RecentProgress.Sum(p => p.RowErrors), Is.EqualTo(3));
        }

        var letters = Topics.Read(dead);
        Assert.That(letters.Select(l => (l.Key, l.Value)), Is.EqualTo(new (string?, string?)[] { ("k", "{\"page\":"), ("k", "{\"page\":\"c\"}"), ("k", null) }));
        Assert.That((letters[0].Headers["streamlinq-topic"], letters[0].Headers["streamlinq-partition"], letters[0].Headers["streamlinq-offset"]), Is.EqualTo((topic, "0", "2")));
        Assert.That(letters[1].Headers["streamlinq-reason"], Does.Contain("count"));
        Assert.That(letters[2].Headers["streamlinq-reason"], Does.Contain("tombstone"));
    }

    private static async Task<string> PoisonedAsync()
    {
        var topic = await Topics.CreateAsync();
        using var producer = Topics.Producer();
        foreach (var value in (string?[])["{\"page\":\"a\",\"count\":1}", "{\"page\":\"b\",\"count\":2}", "{\"page\":", "{\"page\":\"c\"}", null, "{\"page\":\"d\",\"count\":3}"])
            producer.Produce(topic, new Message<string?, string?> { Key = "k", Value = value });
        producer.Flush(TimeSpan.FromSeconds(20));
        return topic;
    }
}
