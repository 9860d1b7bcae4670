// What takes batches of rows: stages, operators, outputs. Weights are null where rows are only ever added.
namespace StreamLinq.Embedded;

/// <summary>Takes rows, a batch at a time, on the epoch's thread. The arrays belong to the caller again when the call returns.</summary>
/// <typeparam name="T">The rows.</typeparam>
internal interface IRowTarget<T>
{
    /// <param name="rows">The rows.</param>
    /// <param name="from">The first one.</param>
    /// <param name="to">The end, exclusive.</param>
    /// <param name="weights">1 for a row that comes and -1 for one that goes, by the same index; null if all come.</param>
    void Push(T[] rows, int from, int to, sbyte[]? weights);
}
