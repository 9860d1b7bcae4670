// What the epochs of a case did, in numbers: its state, its late rows, the duplicates it dropped. Spark counts some of it in another way, which is said where it is compared.
using System.Text.Json;
using NUnit.Framework;

namespace StreamLinq.Tests.Conformance;

internal sealed class CaseProgress(ConformanceCase item, bool mayKeepLess = false)
{
    private readonly List<StreamingQueryProgress> _epochs = [];
    private int _seen, _measured;

    internal int Count => _epochs.Count;

    internal long LastEpoch => _epochs[^1].Epoch;

    /// <summary>The watermark the last epoch ran with; null if there was none yet.</summary>
    internal DateTimeOffset? Watermark => _epochs[^1].Watermark?.Time;

    /// <summary>Takes what is new; false if nothing is. An epoch that ran again did the same again.</summary>
    internal bool Add(IEnumerable<StreamingQueryProgress> progress)
    {
        var before = _epochs.Count;
        foreach (var epoch in progress)
        {
            if (!_epochs.Exists(e => e.Epoch == epoch.Epoch)) _epochs.Add(epoch);
        }

        return _epochs.Count > before;
    }

    internal void State(JsonElement expected, JsonElement step)
    {
        var since = Since(ref _seen).SelectMany(e => e.StateOperators).ToList();
        Check(expected, _epochs[^1].StateOperators, since, step);
    }

    /// <summary>The operators by their place, the one that is nearest to the source first.</summary>
    internal void StateByOperator(JsonElement expected, JsonElement step)
    {
        var since = Since(ref _seen).ToList();
        var place = 0;
        foreach (var numbers in expected.EnumerateObject())
        {
            var i = place++;
            Check(numbers.Value, [_epochs[^1].StateOperators[i]], [.. since.Select(e => e.StateOperators[i])], step);
        }
    }

    /// <summary>A row that was read, was not late and is not kept was a duplicate: there is no counter of its own for it.</summary>
    internal void Metric(JsonElement expected, JsonElement step)
    {
        var since = Since(ref _measured).ToList();
        var duplicates = since.Sum(e => e.InputRows - e.LateRows - e.StateOperators.Sum(o => o.RowsUpdated));
        Assert.That(duplicates, Is.EqualTo(expected.GetProperty("droppedDuplicateRows").GetInt64()), $"{step}");
    }

    private IEnumerable<StreamingQueryProgress> Since(ref int seen)
    {
        var since = _epochs.Skip(seen).ToList();
        seen = _epochs.Count;
        return since;
    }

    private void Check(JsonElement expected, IReadOnlyList<StateOperatorProgress> now, List<StateOperatorProgress> since, JsonElement step)
    {
        foreach (var number in expected.EnumerateObject())
        {
            var value = number.Value.GetInt64();
            var what = $"{number.Name} of {step}";
            switch (number.Name)
            {
                case "total":
                    Assert.That(now.Sum(o => o.Rows), mayKeepLess ? Is.AtMost(value) : Is.EqualTo(value), what);
                    break;
                case "updated":
                    // Spark counts state that a function has removed as updated too.
                    Assert.That(since.Sum(o => o.RowsUpdated + (item.Features.Contains("stateful") ? o.RowsRemoved : 0)), Is.EqualTo(value), what);
                    break;
                case "removed":
                    Assert.That(since.Sum(o => o.RowsRemoved), Is.EqualTo(value), what);
                    break;
                case "droppedByWatermark":
                    Late(since.Sum(o => o.RowsLate), value, what);
                    break;
                default:
                    throw new AssertionException($"{what} is not known.");
            }
        }
    }

    // Spark counts the late rows of an aggregation after it has grouped those of an epoch, so it may count fewer.
    private void Late(long found, long expected, string what)
    {
        if (expected > 0 && item.Features.Contains("window")) Assert.That(found, Is.AtLeast(expected), what);
        else Assert.That(found, Is.EqualTo(expected), what);
    }
}
