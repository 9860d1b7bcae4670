// How far Explain goes: each level shows the plan one step closer to what runs.
namespace StreamLinq;

/// <summary>Which of a query's plans to print.</summary>
public enum ExplainLevel
{
    /// <summary>As written, bound to columns.</summary>
    Logical,

    /// <summary>After the engine's rules.</summary>
    Optimized,

    /// <summary>As it runs: stages, operators, state, delivery.</summary>
    Physical,
}
