// What a case goes through besides its steps: most are run undisturbed, with a crash before each step, and with a crash that takes the last commit along.
namespace StreamLinq.Tests.Conformance;

/// <summary>What happens to the process before each step. The answers must not depend on it.</summary>
public enum Disturbance
{
    None,

    /// <summary>It dies and starts again.</summary>
    Crash,

    /// <summary>It dies just before the last commit is durable, so the last epoch runs again.</summary>
    Replay,

    /// <summary>It dies and starts again with another number of workers.</summary>
    Workers,
}
