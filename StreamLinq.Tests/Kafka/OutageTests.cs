// A broker that is not there, and one that dies while a live query runs.
using NUnit.Framework;

namespace StreamLinq.Tests.Kafka;

[NonParallelizable]
public sealed class OutageTests
{
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(1);

    [Test]
    public void A_broker_that_is_absent_at_the_start_is_told_soon()
    {
        _ = Broker.Address;   // no library, no test
        var error = Assert.ThrowsAsync<StreamLinqException>(() => RunNow.RowsAsync(KafkaSource.Values<string>("127.0.0.1:1", "t", null, new KafkaSourceOptions { MaxOutage = Short })))!;
        Assert.That(error.Message, Does.StartWith("SLQ4004: Kafka topic t at 127.0.0.1:1: no answer from the broker for ").And.Contain("MaxOutage"));
        foreach (var delivery in Enum.GetValues<KafkaDelivery>())
        {
            error = Assert.ThrowsAsync<StreamLinqException>(async () =>
                await KafkaSink.To<string>("127.0.0.1:1", "t", options: new KafkaSinkOptions { MaxOutage = Short, Delivery = delivery }).OpenAsync(SinkTests.Context(Guid.NewGuid(), null, null), default))!;
            Assert.That(error.Code, Is.EqualTo("SLQ4004"), error.Message);
        }
    }

    [Test]
    public async Task A_live_query_waits_the_outage_out_and_its_status_says_so()
    {
        var topic = await Topics.CreateAsync();
        Topics.Write(topic, 0, "before");
        await using var run = await LiveRun.StartAsync(KafkaSource.Values(Broker.Address, topic, KafkaFormat.Text!, new KafkaSourceOptions { DiscoveryInterval = TimeSpan.FromMilliseconds(200) })!);
        await run.UntilAsync(() => run.Rows.Count == 1);
        await Broker.KillAsync();
        try
        {
            await run.UntilAsync(() => run.Query.Status.Message.Contains("trying again", StringComparison.Ordinal));
        }
        finally
        {
            await Broker.RestartAsync();
        }

        Topics.Write(topic, 0, "after");
        await run.UntilAsync(() => run.Rows.Count == 2);
        await run.Query.ProcessAllAvailableAsync();
        Assert.That(run.Rows, Is.EqualTo((string[])["before", "after"]));
        Assert.That(run.Query.Status.Message, Does.Not.Contain("trying again"));
    }

    [Test]
    public async Task An_outage_that_is_too_long_ends_the_query()
    {
        var topic = await Topics.CreateAsync();
        await using var run = await LiveRun.StartAsync(KafkaSource.Values(Broker.Address, topic, KafkaFormat.Text!, new KafkaSourceOptions { DiscoveryInterval = TimeSpan.FromMilliseconds(200), MaxOutage = Short })!);
        await run.Query.ProcessAllAvailableAsync();
        await Broker.KillAsync();
        try
        {
            Assert.That((await run.FailureAsync()).Code, Is.EqualTo("SLQ4004"));
        }
        finally
        {
            await Broker.RestartAsync();
        }
    }
}
