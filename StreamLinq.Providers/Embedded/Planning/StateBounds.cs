// What the state of an operator is bounded by, in words, for Explain: whoever runs a query should know what it will hold after a year.
namespace StreamLinq.Embedded;

internal static class StateBounds
{
    internal static string Of(LogicalNode node) => node switch
    {
        LogicalAggregate { Window.Of.Grace: var grace } when grace == TimeSpan.MaxValue => "state unbounded: windows never close",
        LogicalAggregate { Window: not null } => "state bounded by the watermark",
        LogicalDistinct { Time: not null } => "state bounded by the watermark",
        LogicalAggregate group when group.Aggregates.Any(a => a.Function == AggregateFunction.CountDistinct) => "state bounded by the number of keys and of their distinct values",
        LogicalAggregate or LogicalDistinct => "state bounded by the number of keys",
        LogicalProcess => "state as its processor keeps it",
        _ => throw new InvalidOperationException($"{node.GetType().Name} has no state."),
    };
}
