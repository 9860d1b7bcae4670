// How far an operator's state can grow, for Explain: the honest answer, so that nobody has to find it out by running out of memory.
namespace StreamLinq.Embedded;

internal static class StateBound
{
    /// <param name="node">The operator.</param>
    /// <param name="side">Of a join, whose state is told: 0 for the left side's, 1 for the right side's.</param>
    internal static string Of(LogicalNode node, int side)
    {
        switch (node)
        {
            case LogicalAggregate { Window.Of.Grace: var grace } when grace == TimeSpan.MaxValue: return "state unbounded: windows never close";
            case LogicalAggregate { Window: not null } or LogicalDistinct { Time: not null }: return "state bounded by the watermark";
            case LogicalJoin join: return OfJoin(join, side == 0 ? "left" : "right", side);
            case LogicalLatest { Time: not null, IsThere: not null }: return "state bounded by the number of keys there are";
            case LogicalUnbounded: return "state unbounded: all rows are kept";
            case LogicalChanges: return "no state";
            case LogicalCall: return "no state: an epoch that runs again asks again, and gives the same where the answers are the same";
            case LogicalProcess: return "state as its processor keeps it";
            default: break;
        }

        if (node is not LogicalAggregate group) return "state bounded by the number of keys";
        var changing = group.Inputs[0].IsChanging;
        if (group.Aggregates.Any(a => KeepsAllRows(a, changing))) return "state unbounded: all rows of a group are kept";
        if (group.Aggregates.Any(a => KeepsAllValues(a, changing))) return "state unbounded: all different values of a group are kept";
        var most = group.Aggregates.Max(a => a.Limit) ?? 0;
        if (most == 0) return "state bounded by the number of keys";
        return $"state bounded by {most} {(most == 1 ? "row" : "rows")} per key{(group.Aggregates.Any(a => a.WithTies) ? " and their ties" : "")}";
    }

    private static string OfJoin(LogicalJoin join, string side, int input)
    {
        if (join.IsOfTables) return $"state unbounded: all rows of the {side} {(join.Inputs[input].IsChanging ? "table" : "stream")} are kept";
        if (join.IsSnapshot) return input == 0 ? "no state" : "state unbounded: all rows of the right table are kept";
        if (join.AsOf is not null) return input == 0 ? "state bounded by the watermark: a left row stays until it passes the row's time" : "state bounded by the number of keys and by the watermark: a version stays until it passes the time of the next one of its key";
        if (join.Windows is { Left.Grace: var grace }) return grace == TimeSpan.MaxValue ? "state unbounded: windows never close" : $"state bounded by the watermark: a {side} row stays until its last window closes";
        var stays = join.Interval is not { } interval ? TimeSpan.MaxValue : input == 0 ? interval.After : interval.Before;
        if (stays == TimeSpan.MaxValue) return $"state unbounded: all {side} rows are kept";
        var shift = stays == TimeSpan.Zero ? "" : $" {(stays < TimeSpan.Zero ? "-" : "+")} {Durations.Text(stays.Duration())}";
        return $"state bounded by the watermark: a {side} row stays until it passes the row's time{shift}";
    }

    private static bool KeepsAllRows(AggregateCall call, bool changing) =>
        call.KeepsRows && (changing || (call.Limit is null && call.Function is not (AggregateFunction.First or AggregateFunction.Last)));

    private static bool KeepsAllValues(AggregateCall call, bool changing) =>
        !call.KeepsRows && (call.Function == AggregateFunction.CountDistinct || (changing && call.Function is AggregateFunction.Min or AggregateFunction.Max));
}
