// The cases that feed a memory sink directly, without a query.
using System.Text.Json;
using NUnit.Framework;

namespace StreamLinq.Tests.Conformance;

public sealed class MemorySinkCases
{
    [Case("spark/MemorySink/idempotent-update")]
    [Case("spark/MemorySink/epoch-gap")]
    public async Task Epochs_written_to_a_memory_sink(string id)
    {
        var item = ConformanceCase.Of(id);
        var isUpdate = item.OutputMode == "update";
        var sink = new MemorySink<int>();
        await using var writer = await sink.OpenAsync(
            new SinkContext(Guid.NewGuid(), Guid.NewGuid(), "case", isUpdate ? OutputMode.Update : null, 0, 1, ["value"], null, TimeProvider.System), CancellationToken.None);
        foreach (var step in item.Steps)
        {
            if (step.TryGetProperty("sinkWrite", out var write))
            {
                var epoch = write.GetProperty("epoch").GetInt64();
                var changes = Rows(write, "rows").Select(r => new Change<int>(isUpdate ? ChangeKind.Upsert : ChangeKind.Insert, r)).ToArray();
                await writer.WriteAsync(new SinkBatch<int>(epoch, false, changes), CancellationToken.None);
                await writer.FlushAsync(epoch, CancellationToken.None);
                await writer.CommitAsync(epoch, CancellationToken.None);
                continue;
            }

            var expected = step.GetProperty("expectSink");
            Assert.That(sink.LatestEpoch, Is.EqualTo(expected.GetProperty("latestEpoch").Deserialize<long?>()), $"{step}");
            Assert.That(sink.Batches is [.., var last] ? last.Changes.Select(c => c.Row) : [], Is.EquivalentTo(Rows(expected, "latest")), $"{step}");
            Assert.That(sink.Rows, Is.EquivalentTo(Rows(expected, "all")), $"{step}");
        }
    }

    private static int[] Rows(JsonElement step, string name) => step.GetProperty(name).Deserialize<int[]>()!;
}
