using System.Linq.Expressions;

namespace StreamLinq;

/// <summary>A sequence of rows of one key, in event time (SQL: MATCH_RECOGNIZE).</summary>
public abstract class RowPattern<T>
{
    private protected RowPattern() { }
    public RowPattern<T> Begin(string name, Expression<Func<T, bool>> condition) => throw null!;
    public RowPattern<T> Next(string name, Expression<Func<T, bool>> condition) => throw null!;                                  // the very next row
    public RowPattern<T> Next(string name, Expression<Func<T, IRowMatch<T>, bool>> condition) => throw null!;                    // may look back
    public RowPattern<T> FollowedBy(string name, Expression<Func<T, bool>> condition) => throw null!;                            // others may lie between
    public RowPattern<T> Times(int min, int max) => throw null!;
    public RowPattern<T> OneOrMore() => throw null!;
    public RowPattern<T> Optional() => throw null!;
    public RowPattern<T> Within(TimeSpan span) => throw null!;
}
public interface IRowMatch<out T> { T First(string name); T Last(string name); IReadOnlyList<T> All(string name); Window Span { get; } }
public interface IKeyedRowMatch<out K, out T> : IRowMatch<T> { K Key { get; } }

public static partial class StreamQueryable
{
    public static IStreamQueryable<R, EventTime> Match<T, K, R>(this IStreamQueryable<T, EventTime> source, Expression<Func<T, K>> key, Func<RowPattern<T>, RowPattern<T>> pattern, Expression<Func<IKeyedRowMatch<K, T>, R>> result) => throw null!;
}
