// What the contract checks throw: it names the rule, so that any test framework shows which one is broken.
namespace StreamLinq;

/// <summary>A source or sink does not keep a rule of its contract.</summary>
public sealed class ContractViolationException : StreamLinqException
{
    /// <summary>Makes the exception; the message begins with the code and the rule.</summary>
    public ContractViolationException(string rule, string message) : base("SLQ2025", $"{rule.TrimEnd('.')}: {message}") => Rule = rule;

    /// <summary>The rule that is broken, in a few words.</summary>
    public string Rule { get; }
}
