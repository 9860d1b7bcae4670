// Explain of the embedded engine: what its rules and its planner make of a query, without starting it.
using StreamLinq.Embedded;

namespace StreamLinq;

/// <summary>Prints the embedded engine's plans.</summary>
public static class EmbeddedExplain
{
    /// <summary>The plan of an output, as indented text: logical, optimised, or as stages and operators.</summary>
    /// <exception cref="QueryTranslationException">The query is not legal.</exception>
    public static string Explain(this StreamOutput output, ExplainLevel level = ExplainLevel.Physical)
    {
        ArgumentNullException.ThrowIfNull(output);
        return EmbeddedPlans.Explain(output, level);
    }

    /// <summary>The plan of a query without a sink, as indented text.</summary>
    /// <exception cref="QueryTranslationException">The query is not legal.</exception>
    public static string Explain(this IStreamQueryable query, ExplainLevel level)
    {
        ArgumentNullException.ThrowIfNull(query);
        var plan = LogicalPlan.Bind(query);
        return level == ExplainLevel.Logical ? plan.ToString() : PlanOptimizer.Optimize(plan) is var optimised && level == ExplainLevel.Optimized ? optimised.ToString() : PhysicalPlanner.Describe(optimised);
    }
}
