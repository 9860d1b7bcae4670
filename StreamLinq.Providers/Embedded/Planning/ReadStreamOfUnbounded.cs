// What takes rows of a stream as well as rows of a table reads the stream behind an Unbounded itself: its rows are never taken back, so a top-N of it keeps no more than N rows, and nothing keeps all of them.
namespace StreamLinq.Embedded;

internal sealed class ReadStreamOfUnbounded : IPlanRule
{
    public LogicalNode Apply(LogicalNode node, Func<LogicalNode, bool> isShared)
    {
        switch (node)
        {
            case LogicalAggregate or LogicalChanges:
                var input = Stream(node.Inputs[0]);
                return input == node.Inputs[0] ? node : node.WithInputs([input]);
            case LogicalJoin { IsOfTables: true }:
                // A join of two such tables stays one of tables, which its output may be written as.
                var right = node.WithInputs([node.Inputs[0], Stream(node.Inputs[1])]);
                if (!right.IsChanging) return node;
                var both = right.WithInputs([Stream(node.Inputs[0]), right.Inputs[1]]);
                return both.IsChanging ? both : right;
            default:
                return node;
        }
    }

    private static LogicalNode Stream(LogicalNode node)
    {
        if (node is LogicalUnbounded) return node.Inputs[0];
        if (node is not (LogicalFilter or LogicalProject or LogicalFlatten or LogicalMerge)) return node;
        LogicalNode[] inputs = [.. node.Inputs.Select(Stream)];
        return inputs.SequenceEqual(node.Inputs) ? node : node.WithInputs(inputs);
    }
}
