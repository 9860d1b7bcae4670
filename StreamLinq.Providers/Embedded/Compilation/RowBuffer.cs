// A growing batch that a compiled loop writes into. One per stage, reused for every batch, so that a warm query allocates nothing per row.
using System.Runtime.CompilerServices;

namespace StreamLinq.Embedded;

/// <summary>Rows with their weights. Single writer.</summary>
internal sealed class RowBuffer<T>
{
    private const int FirstCapacity = 1024;

    public T[] Rows = new T[FirstCapacity];
    public sbyte[]? Weights;
    public int Count;

    /// <summary>How many rows there were when the source row that is being worked on began; what came since goes away if it fails.</summary>
    public int Mark;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(T row)
    {
        var rows = Rows;
        var count = Count;
        if ((uint)count < (uint)rows.Length) rows[count] = row;
        else Grow(row);
        Count = count + 1;
    }

    public void Add(T row, sbyte weight)
    {
        Weights ??= new sbyte[Rows.Length];
        Add(row);
        if (Weights.Length < Rows.Length) Array.Resize(ref Weights, Rows.Length);
        Weights[Count - 1] = weight;
    }

    /// <summary>Adds so many rows, which the caller fills in.</summary>
    public Span<T> Extend(int count)
    {
        if (Count + count > Rows.Length) Array.Resize(ref Rows, Math.Max(Count + count, Rows.Length * 2));
        Count += count;
        return Rows.AsSpan(Count - count, count);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Grow(T row)
    {
        Array.Resize(ref Rows, Rows.Length * 2);
        Rows[Count] = row;
    }

    /// <summary>Hands the rows on and is empty again.</summary>
    public void Flush(IReadOnlyList<IRowTarget<T>> targets)
    {
        var count = Count;
        if (count == 0) return;
        Count = Mark = 0;
        foreach (var target in targets) target.Push(Rows, 0, count, Weights);
        if (RuntimeHelpers.IsReferenceOrContainsReferences<T>()) Array.Clear(Rows, 0, count);
    }
}
