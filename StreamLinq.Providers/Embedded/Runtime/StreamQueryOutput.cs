// The output of a stream: every row once, in order. The last stage writes the rows as the sink gets them.
using System.Runtime.CompilerServices;

namespace StreamLinq.Embedded;

internal sealed class StreamQueryOutput<T>(IStreamSink<T> sink) : QueryOutput<T>(sink)
{
    /// <summary>Where the last stage puts its rows.</summary>
    internal RowBuffer<Change<T>> Changes { get; } = new();

    public override bool HasUnwritten => Changes.Count > 0;

    public override ValueTask DrainAsync(long epoch, CancellationToken cancellationToken) => WriteRestAsync(epoch, cancellationToken);

    private protected override async ValueTask WriteRestAsync(long epoch, CancellationToken cancellationToken)
    {
        var count = Changes.Count;
        if (count == 0) return;
        Changes.Count = Changes.Mark = 0;
        await WriteAsync(epoch, false, Changes.Rows.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
        if (RuntimeHelpers.IsReferenceOrContainsReferences<T>()) Array.Clear(Changes.Rows, 0, count);
    }
}
