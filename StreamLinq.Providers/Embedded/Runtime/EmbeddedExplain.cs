// Explain of the embedded engine: what its rules and its planner make of a query, without starting it.
using StreamLinq.Embedded;

namespace StreamLinq;

/// <summary>Prints the embedded engine's plans.</summary>
public static class EmbeddedExplain
{
    /// <summary>The plan of an output, as indented text: logical, optimised, or as stages and operators.</summary>
    /// <param name="output">The output.</param>
    /// <param name="level">Which plan.</param>
    /// <param name="workers">How many workers run it (<see cref="StreamEngineOptions.Workers"/>): the physical plan shows where rows are exchanged between them.</param>
    /// <exception cref="QueryTranslationException">The query is not legal.</exception>
    public static string Explain(this StreamOutput output, ExplainLevel level = ExplainLevel.Physical, int workers = 1)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentOutOfRangeException.ThrowIfLessThan(workers, 1);
        return EmbeddedPlans.Explain(output, level, workers);
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
