// What the contract checks throw: it names the rule, so that any test framework shows which one is broken.
namespace StreamLinq;

/// <summary>A source or sink does not keep a rule of its contract.</summary>
public sealed class ContractViolationException : Exception
{
    /// <summary>Makes the exception; the message begins with the rule.</summary>
    public ContractViolationException(string rule, string message) : base($"{rule}: {message}") => Rule = rule;

    /// <summary>The rule that is broken, in a few words.</summary>
    public string Rule { get; }
}
