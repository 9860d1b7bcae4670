// Explain without an engine: the logical plan. An engine's own Explain adds what it makes of it.
namespace StreamLinq;

/// <summary>Prints plans.</summary>
public static class QueryExplain
{
    /// <summary>The query's logical plan as indented text, root first.</summary>
    /// <exception cref="QueryTranslationException">The query is not legal.</exception>
    public static string Explain(this IStreamQueryable query) => LogicalPlan.Bind(query).ToString();
}
