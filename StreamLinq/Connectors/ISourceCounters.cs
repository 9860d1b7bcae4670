// What a reader counts beside the rows it gives: told to the user as the progress of the query.
namespace StreamLinq;

/// <summary>Implemented by readers that can leave lines out: the engine reads it per epoch.</summary>
public interface ISourceCounters
{
    /// <summary>How many lines were left out of the ranges read since the reader was opened.</summary>
    long RejectedRows { get; }
}
