// What a run has read, written and left out so far.
namespace StreamLinq.Embedded;

internal sealed class RunTotals
{
    internal long Read { get; private set; }

    internal long Written { get; private set; }

    internal long Late { get; private set; }

    internal long Errors { get; private set; }

    internal void Add(StreamingQueryProgress progress)
    {
        Read += progress.InputRows;
        Written += progress.Sinks.Sum(s => s.OutputRows);
        Late += progress.LateRows;
        Errors += progress.RowErrors;
    }
}
