// What Spark itself gave, epoch by epoch, for word count over a real log: the same tables must come out here.
using System.Text.Json;
using NUnit.Framework;
using StreamLinq.Tests.Language;

namespace StreamLinq.Tests.Conformance;

[TestFixture(Disturbance.None)]
[TestFixture(Disturbance.Crash)]
[TestFixture(Disturbance.Replay)]
[TestFixture(Disturbance.Workers)]
public sealed class RecordedEpochsCases(Disturbance disturbance)
{
    private const int LinesPerEpoch = 400;

    // Every word of an epoch is counted up, so here rows that changed (our Update) are the rows that were touched (Spark's).
    [Case("spark-epochs/wordcount-complete")]
    [Case("spark-epochs/wordcount-update")]
    public async Task Word_count(string id)
    {
        var recorded = ConformanceCase.Of(id).Json;
        var lines = File.ReadAllLines(Path.Combine(Repository.Shared("data"), "openssh.log"));
        var mode = recorded.GetProperty("mode").GetString() == "complete" ? OutputMode.Complete : OutputMode.Update;
        await using var harness = new StreamTestHarness { Workers = disturbance == Disturbance.Workers ? [2, 16, 1] : [1] };
        var log = harness.Source<string>();
        var output = await harness.StartAsync(
            from line in log.Rows
            from word in line.Split(' ')
            where word.Length > 0
            group word by word into g
            select new WordCount(g.Key, g.Count()),
            mode);
        Dictionary<string, long> before = [];
        var epochs = recorded.GetProperty("epochs").EnumerateArray().ToArray();
        foreach (var epoch in epochs)
        {
            var number = epoch.GetProperty("epoch").GetInt32();
            var input = lines.Skip(number * LinesPerEpoch).Take(LinesPerEpoch).ToArray();
            Assert.That(input, Has.Length.EqualTo(epoch.GetProperty("input").GetInt32()), $"lines of epoch {number}");
            if (disturbance == Disturbance.Replay && number > 0) await harness.ForgetLastCommitAsync();
            if (disturbance != Disturbance.None) await harness.CrashAndRecoverAsync();
            await harness.RunUntilIdleAsync();
            await log.EpochAsync(input);
            var changes = output.Take();
            Assert.That(changes.Select(c => c.Kind), Is.All.EqualTo(mode == OutputMode.Complete ? ChangeKind.Insert : ChangeKind.Upsert));
            Assert.That(Ordered(changes.Select(c => c.Row)), Is.EqualTo(Ordered(epoch.GetProperty("rows").Deserialize<WordCount[]>(JsonSerializerOptions.Web)!)), $"epoch {number}");
            Assert.That(output.Query.LastProgress!.StateOperators.Single().Rows, Is.EqualTo(epoch.GetProperty("state")[0].GetInt64()), $"groups kept after epoch {number}");

            var now = output.Result.ToDictionary(w => w.Word, w => w.Count);
            Assert.That(before.Where(w => now.GetValueOrDefault(w.Key) < w.Value), Is.Empty, $"words that vanished or were counted down in epoch {number}");
            before = now;
        }

        Assert.That(epochs, Has.Length.EqualTo((lines.Length + LinesPerEpoch - 1) / LinesPerEpoch));
    }

    // Compared in one order, which is much quicker than as bags.
    private static WordCount[] Ordered(IEnumerable<WordCount> words) => [.. words.OrderBy(w => w.Word, StringComparer.Ordinal).ThenBy(w => w.Count)];

    private sealed record WordCount(string Word, long Count);
}
