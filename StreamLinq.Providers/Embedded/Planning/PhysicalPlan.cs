// The plan as it runs: operators that keep state, and between them stages, each of which becomes one compiled loop.
using System.Globalization;
using System.Text;

namespace StreamLinq.Embedded;

/// <param name="From">The source or operator whose rows come in.</param>
/// <param name="Steps">What happens to each row.</param>
/// <param name="To">The operator they go to; null for the output.</param>
internal sealed record PhysicalStage(LogicalNode From, IReadOnlyList<StageStep> Steps, LogicalNode? To)
{
    /// <summary>Which input of <see cref="To"/> it feeds: 1 for the right side of a join.</summary>
    internal int Side { get; init; }
}

/// <param name="Plan">The optimised logical plan.</param>
/// <param name="Output">Where the rows go; null when a query is only explained.</param>
/// <param name="Operators">The operators with state, upstream first, with the names their state is kept under.</param>
/// <param name="Stages">The stages.</param>
/// <param name="Order">What Complete is ordered by.</param>
internal sealed record PhysicalPlan(LogicalPlan Plan, StreamOutput? Output, IReadOnlyList<(LogicalNode Node, string Name)> Operators, IReadOnlyList<PhysicalStage> Stages, IReadOnlyList<PlanOrdering> Order)
{
    /// <summary>The bound of windows that stay when they have closed.</summary>
    internal const string ClosedAreKept = "state unbounded: the table shows closed windows too";

    internal IEnumerable<LogicalSource> Sources => Stages.Select(s => s.From).OfType<LogicalSource>().Distinct();

    /// <summary>Whether windows stay in the state when they have closed: an output that shows the whole table asks for them.</summary>
    internal bool KeepsClosed(LogicalNode node) => node is LogicalAggregate { Window.Of.EmitsUpdates: true } && Output?.Mode == OutputMode.Complete && Stages.Any(s => s.To is null && s.From == node);

    internal string NameOf(LogicalNode node) => node is LogicalSource source ? source.Name : Operators.First(o => o.Node == node).Name;

    public override string ToString() => ToString(workers: 1);

    /// <summary>The plan as so many workers run it.</summary>
    internal string ToString(int workers)
    {
        var text = new StringBuilder();
        for (var i = 0; i < Stages.Count; i++)
        {
            var stage = Stages[i];
            var from = stage.From is LogicalSource source ? $"source {source.Name} ({source.Description})" : $"changes of {NameOf(stage.From)}";
            var to = stage.To is null ? Output is null ? "result" : $"{Output.Mode?.ToString() ?? "Append"} to {Output.SinkDescription}" : NameOf(stage.To) + (stage.To is LogicalJoin ? stage.Side == 0 ? " left" : " right" : "");
            text.Append("Stage ").Append(i + 1).Append(": ").Append(from).Append(" -> ").Append(to).Append(stage.From.IsChanging ? " [rows come and go]\n" : "\n");
            foreach (var step in stage.Steps) text.Append("  ").Append(Text(step)).Append('\n');
            if (workers > 1 && stage.To is { } shared && SharedKeys.Has(shared)) text.Append(CultureInfo.InvariantCulture, $"  Exchange by key over {workers} workers\n");
            text.Append("  ").Append(stage.To switch
            {
                { } state => $"{state.Accept(new PlanText())} [{(KeepsClosed(state) ? ClosedAreKept : StateBound.Of(state, stage.Side))}]",
                _ => $"Emit {ExpressionText.Of(Plan.Row)}" + (Order.Count > 0 ? " ordered by " + string.Join(", ", Order.Select(o => o.Column.Name + (o.Descending ? " descending" : ""))) : ""),
            }).Append('\n');
        }

        return text.ToString().TrimEnd('\n');
    }

    private static string Text(StageStep step) => step switch
    {
        FilterStep filter => $"Filter {ExpressionText.Of(filter.Condition)}",
        ProjectStep project => "Project " + string.Join(", ", project.Assignments.Select(a => a.Value is ColumnExpression c && c.Column == a.Column ? a.Column.Name : $"{a.Column.Name} = {ExpressionText.Of(a.Value)}")),
        FlattenStep flatten => $"Flatten {flatten.Element.Name}{(flatten.Index is null ? "" : $", {flatten.Index.Name}")} in {ExpressionText.Of(flatten.Collection)}{(flatten.Frame is { } frame ? $" over {frame}: {string.Join(", ", frame.Aggregates.Select(PlanText.Aggregate))}" : "")}",
        AliasStep alias => "Merge " + string.Join(", ", alias.From.Zip(alias.To, (f, t) => $"{t.Name} = {f.Name}")),
        EventTimeStep timed => timed.Node.Accept(new PlanText()),
        LateRowsStep late => late.Node.Accept(new PlanText()),
        _ => step.Origin,
    };
}
