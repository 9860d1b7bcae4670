// The output of a stream: every row once, in order.
using System.Runtime.CompilerServices;

namespace StreamLinq.Embedded;

internal sealed class StreamQueryOutput<T>(IStreamSink<T> sink) : QueryOutput<T>(sink), IRowTarget<T>
{
    private Change<T>[] _rows = new Change<T>[1024];
    private int _count;

    public void Push(T[] rows, int from, int to, sbyte[]? weights)
    {
        var needed = _count + (to - from);
        if (needed > _rows.Length) Array.Resize(ref _rows, Math.Max(needed, _rows.Length * 2));
        for (var i = from; i < to; i++) _rows[_count++] = new Change<T>(ChangeKind.Insert, rows[i]);
    }

    public override bool HasUnwritten => _count > 0;

    public override ValueTask DrainAsync(long epoch, CancellationToken cancellationToken) => WriteRestAsync(epoch, cancellationToken);

    private protected override async ValueTask WriteRestAsync(long epoch, CancellationToken cancellationToken)
    {
        if (_count == 0) return;
        var count = _count;
        _count = 0;
        await WriteAsync(epoch, false, _rows.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
        if (RuntimeHelpers.IsReferenceOrContainsReferences<T>()) Array.Clear(_rows, 0, count);
    }
}
