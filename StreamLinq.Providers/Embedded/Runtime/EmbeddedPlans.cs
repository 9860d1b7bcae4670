// Everything between a query's expression and its runnable plan: bind, check, rules, stages. Explain prints what it makes.
namespace StreamLinq.Embedded;

internal static class EmbeddedPlans
{
    /// <summary>The plans of the outputs of one query.</summary>
    /// <exception cref="QueryTranslationException">An output is not legal.</exception>
    internal static IReadOnlyList<PhysicalPlan> Of(IReadOnlyList<StreamOutput> outputs)
    {
        var binder = new QueryBinder();
        var planner = new PhysicalPlanner();
        return [.. outputs.Select(output =>
        {
            var plan = binder.Bind(output.Query);
            OutputRules.Check(plan, output, output.SinkFeatures);
            OutputRules.Check(plan.Root, output);
            return planner.Plan(PlanOptimizer.Optimize(plan), output);
        })];
    }

    internal static string Explain(StreamOutput output, ExplainLevel level, int workers) => level switch
    {
        ExplainLevel.Logical => LogicalPlan.Bind(output.Query).ToString(),
        ExplainLevel.Optimized => Of([output])[0].Plan.ToString(),
        _ => Of([output])[0].ToString(workers),
    };
}
