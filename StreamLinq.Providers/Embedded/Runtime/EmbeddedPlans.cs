// Everything between a query's expression and its runnable plan: bind, check, rules, stages. Explain prints what it makes.
namespace StreamLinq.Embedded;

internal static class EmbeddedPlans
{
    /// <summary>The plans of the outputs of one query.</summary>
    /// <exception cref="QueryTranslationException">An output is not legal.</exception>
    internal static IReadOnlyList<PhysicalPlan> Of(IReadOnlyList<StreamOutput> outputs)
    {
        var plans = new QueryBinder().Bind([.. outputs.Select(o => o.Query)]);
        foreach (var (plan, output) in plans.Zip(outputs))
        {
            OutputRules.Check(plan, output, output.SinkFeatures);
            OutputRules.Check(plan.Root, output);
        }

        var planner = new PhysicalPlanner();
        return [.. PlanOptimizer.Optimize([.. plans.Zip(outputs, UnseenRanks.Without)]).Zip(outputs, planner.Plan)];
    }

    internal static string Explain(StreamOutput output, ExplainLevel level, int workers) => level switch
    {
        ExplainLevel.Logical => LogicalPlan.Bind(output.Query).ToString(),
        ExplainLevel.Optimized => Of([output])[0].Plan.ToString(),
        _ => Of([output])[0].ToString(workers),
    };
}
