// What a join writes to the checkpoint: an entry per row that is kept, once more when it has its first match where that matters, and its removal; nothing of rows that come and go within an epoch.
using NUnit.Framework;
using StreamLinq.Embedded;
using StreamLinq.Tests.Windows;

namespace StreamLinq.Tests.Joins;

[TestFixture]
public sealed class JoinStateTests
{
    private readonly StateDelta _delta = new(new CheckpointLayout(), _ => "");
    private readonly HashSet<string> _stored = [];
    private long _late = EpochTime.NoWatermark;

    [Test]
    public void Only_what_an_epoch_has_changed_is_written()
    {
        var join = Left();
        Assert.That(Epoch(join, 0, left: [Row(1, "a", 10), Row(2, "b", 10), Row(3, null, 10)], right: [Row(4, "a", 11)]), Is.EqualTo(3), "the null key is not kept");
        Assert.That(Epoch(join, 5, left: [], right: []), Is.Zero);
        Assert.That(Epoch(join, 6, left: [], right: [Row(5, "a", 12)]), Is.EqualTo(1), "row 1 had its first match before");
        Assert.That(Epoch(join, 7, left: [], right: [Row(6, "b", 12), Row(7, "b", 12)]), Is.EqualTo(3), "row 2 has its first match");
        Assert.That(Epoch(join, 14, left: [Row(8, "c", 8)], right: []), Is.Zero, "kept and freed within the epoch");
        Assert.That(join.Rows, Is.EqualTo(6));
        Assert.That(Epoch(join, 15, left: [], right: []), Is.EqualTo(2), "the left rows go");
        Assert.That(join.RowsRemoved, Is.EqualTo(2));
        Assert.That(Epoch(join, EpochTime.EndOfTime, left: [], right: []), Is.EqualTo(4));
        Assert.That(_stored, Is.Empty);
        Assert.That(join.Rows, Is.Zero);
    }

    // Left rows wait five seconds, right ones twenty.
    private static IntervalJoinOperator<string, Click, Click, (Click, Click), StringHash> Left()
    {
        var rows = Batch.Rows.Of<Click>().WithEventTime(c => c.At, TimeSpan.Zero);
        var query = rows.LeftJoin(rows.Within(TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(5)), l => l.Page, r => r.Page, (l, r) => new { l, r });
        var node = (LogicalJoin)PlanOptimizer.Optimize(LogicalPlan.Bind(query)).Root;
        return new("join", new JoinShape(node), 1, new StageContext());
    }

    private long Epoch(IntervalJoinOperator<string, Click, Click, (Click, Click), StringHash> join, long watermark, JoinInput<string, Click>[] left, JoinInput<string, Click>[] right)
    {
        var until = watermark == EpochTime.EndOfTime ? watermark : At(watermark);
        join.BeginEpoch(new EpochTime(until, _late, 0));
        _late = until;
        join.Left.Push(left, 0, left.Length, null);
        join.Right.Push(right, 0, right.Length, null);
        join.Flush();
        _delta.Begin(0);
        for (var table = 0; table < 2; table++) join.Tables[table].WriteChanges(_delta, table);
        for (var part = 0; part < _delta.Parts; part++)
            StateDelta.TryVisit(_delta.Part(part), (table, key, removed, _) => Assert.That(removed ? _stored.Remove(table + Convert.ToHexString(key)) : _stored.Add(table + Convert.ToHexString(key)) || true, "what is removed was stored"));
        join.EndEpoch();
        return _delta.Count;
    }

    private static JoinInput<string, Click> Row(int id, string? key, int second) => new(key!, new Click(id, key, 0, new DateTimeOffset(At(second), TimeSpan.Zero), TimeSpan.Zero), At(second), 0, 0, key is not null);

    private static long At(long second) => DateTimeOffset.UnixEpoch.AddSeconds(second).Ticks;
}
