// What a connector knows of itself while it waits: told as the status of the query, so that an outage is seen before it becomes a failure.
namespace StreamLinq;

/// <summary>Implemented by readers and sink writers that wait for something outside; read by any thread.</summary>
public interface IConnectionState
{
    /// <summary>What they are waiting for and why, for people; null while all is well. <see cref="StreamingQuery.Status"/> shows it.</summary>
    string? Trouble { get; }
}
