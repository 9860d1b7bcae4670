// A pattern of rows: steps with conditions, in the order in which rows must come. A value; each word gives a new one.
using System.Collections.Immutable;
using System.Linq.Expressions;

namespace StreamLinq;

/// <summary>A sequence of rows of one key, in the order of event time; in SQL, MATCH_RECOGNIZE. Immutable: each call gives a longer pattern.</summary>
/// <typeparam name="T">The rows.</typeparam>
public sealed class RowPattern<T>
{
    private RowPattern(ImmutableArray<RowPatternStep> steps, TimeSpan? span)
    {
        Steps = steps;
        Span = span;
    }

    internal static RowPattern<T> Empty { get; } = new([], null);

    internal ImmutableArray<RowPatternStep> Steps { get; }

    /// <summary>From the first row to the last; null: no limit.</summary>
    internal TimeSpan? Span { get; }

    /// <summary>The first step.</summary>
    /// <param name="name">The name by which the result asks for its rows; unique in the pattern.</param>
    /// <param name="condition">Which rows. Pure.</param>
    /// <exception cref="InvalidOperationException">The pattern has begun already.</exception>
    public RowPattern<T> Begin(string name, Expression<Func<T, bool>> condition)
    {
        if (!Steps.IsEmpty) throw new InvalidOperationException("A pattern begins once; go on with Next or FollowedBy.");
        return With(name, condition, adjacent: true);
    }

    /// <summary>A step whose row comes right after the row before it.</summary>
    /// <param name="name">The name of the step; unique in the pattern.</param>
    /// <param name="condition">Which rows. Pure.</param>
    public RowPattern<T> Next(string name, Expression<Func<T, bool>> condition) => Begun.With(name, condition, adjacent: true);

    /// <summary>A step whose row comes right after the row before it, with a condition that may look at the rows matched so far.</summary>
    /// <param name="name">The name of the step; unique in the pattern.</param>
    /// <param name="condition">Which rows, given those matched so far. Pure.</param>
    public RowPattern<T> Next(string name, Expression<Func<T, IRowMatch<T>, bool>> condition) => Begun.With(name, condition, adjacent: true);

    /// <summary>A step whose row comes later; other rows may lie between.</summary>
    /// <param name="name">The name of the step; unique in the pattern.</param>
    /// <param name="condition">Which rows. Pure.</param>
    public RowPattern<T> FollowedBy(string name, Expression<Func<T, bool>> condition) => Begun.With(name, condition, adjacent: false);

    /// <summary>The last step takes several rows, as many as it can.</summary>
    /// <param name="min">The least number; zero or more.</param>
    /// <param name="max">The largest number; at least 1 and <paramref name="min"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The numbers make no sense.</exception>
    public RowPattern<T> Times(int min, int max)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(min);
        ArgumentOutOfRangeException.ThrowIfLessThan(max, Math.Max(1, min));
        return new(Begun.Steps.SetItem(Steps.Length - 1, Steps[^1] with { Min = min, Max = max }), Span);
    }

    /// <summary>The last step takes one row or more.</summary>
    public RowPattern<T> OneOrMore() => Times(1, int.MaxValue);

    /// <summary>The last step takes one row or none.</summary>
    public RowPattern<T> Optional() => Times(0, 1);

    /// <summary>The time from the first row of a match to its last; also bounds what is kept.</summary>
    /// <param name="span">At most so much event time; above zero.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="span"/> is zero or less.</exception>
    public RowPattern<T> Within(TimeSpan span) => new(Begun.Steps, Durations.Positive(span, nameof(span)));

    private RowPattern<T> Begun => Steps.IsEmpty ? throw new InvalidOperationException("A pattern starts with Begin.") : this;

    private RowPattern<T> With(string name, LambdaExpression condition, bool adjacent)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(condition);
        if (Steps.Any(s => string.Equals(s.Name, name, StringComparison.Ordinal))) throw new ArgumentException($"The pattern has a step named '{name}' already.", nameof(name));
        return new(Steps.Add(new RowPatternStep(name, condition, adjacent, 1, 1)), Span);
    }
}

/// <summary>One step: its condition over the row, or over the row and the match so far.</summary>
internal sealed record RowPatternStep(string Name, LambdaExpression Condition, bool Adjacent, int Min, int Max);

/// <summary>The rows of a match, or of the part matched so far.</summary>
/// <typeparam name="T">The rows.</typeparam>
public interface IRowMatch<out T>
{
    /// <summary>The first row of a step.</summary>
    T First(string name);

    /// <summary>The last row of a step.</summary>
    T Last(string name);

    /// <summary>All rows of a step, in order; empty for an optional step that was left out.</summary>
    IReadOnlyList<T> All(string name);

    /// <summary>From the time of the first row to one tick after that of the last.</summary>
    Window Span { get; }
}

/// <summary>The rows of a match, with the key they share.</summary>
/// <typeparam name="K">The key.</typeparam>
/// <typeparam name="T">The rows.</typeparam>
public interface IKeyedRowMatch<out K, out T> : IRowMatch<T>
{
    /// <summary>What the rows have in common.</summary>
    K Key { get; }
}
