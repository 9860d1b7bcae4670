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
    public async Task A_live_query_waits_the_outage_out_and_says_so_unless_it_is_too_long()
    {
        var topic = await Topics.CreateAsync();
        Topics.Write(topic, 0, "before");
        await using var patient = await LiveRun.StartAsync(Source(topic, TimeSpan.FromMinutes(2)));
        await using var hasty = await LiveRun.StartAsync(Source(topic, Short));
        await patient.UntilAsync(() => patient.Rows.Count == 1);
        await hasty.UntilAsync(() => hasty.Rows.Count == 1);
        await Broker.KillAsync();
        try
        {
            await patient.UntilAsync(() => patient.Query.Status.Message.Contains("trying again", StringComparison.Ordinal));
            Assert.That((await hasty.FailureAsync()).Code, Is.EqualTo("SLQ4004"));
        }
        finally
        {
            await Broker.RestartAsync();
        }

        Topics.Write(topic, 0, "after");
        await patient.UntilAsync(() => patient.Rows.Count == 2);
        await patient.Query.ProcessAllAvailableAsync();
        Assert.That(patient.Rows, Is.EqualTo((string[])["before", "after"]));
        Assert.That(patient.Query.Status.Message, Does.Not.Contain("trying again"));
        await hasty.StartAgainAsync();
        await hasty.UntilAsync(() => hasty.Rows.Count == 2);
    }

    private static IStreamSource<string> Source(string topic, TimeSpan maxOutage) =>
        KafkaSource.Values(Broker.Address, topic, KafkaFormat.Text!, new KafkaSourceOptions { DiscoveryInterval = TimeSpan.FromMilliseconds(200), MaxOutage = maxOutage })!;
}
