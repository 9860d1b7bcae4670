// An aggregate of the user's own, in the shape in which engines can keep it: accumulators that can be stored, and merged.
namespace StreamLinq;

/// <summary>An aggregate of your own. An instance holds no state of a group: all of it is in the accumulator, which is stored between calls. Thread-safe; the same calls give the same result.</summary>
/// <typeparam name="TInput">The rows.</typeparam>
/// <typeparam name="TAccumulator">What is kept per group; a type that can be stored. A class may be changed in place and returned.</typeparam>
/// <typeparam name="TResult">The result.</typeparam>
public interface IStreamAggregate<in TInput, TAccumulator, out TResult>
{
    /// <summary>The accumulator of no rows; a new one at each call.</summary>
    TAccumulator Create();

    /// <summary>Takes a row in. An exception fails the query.</summary>
    TAccumulator Add(TAccumulator accumulator, TInput input);

    /// <summary>Makes one accumulator of two: for sessions that grow together, overlapping windows, and several workers. The order of the rows is kept as far as it can be: those of <paramref name="left"/> came first.</summary>
    TAccumulator Merge(TAccumulator left, TAccumulator right);

    /// <summary>The result so far. May be called at any time; does not change the accumulator.</summary>
    TResult Result(TAccumulator accumulator);
}

/// <summary>An aggregate that can also take a row back: needed over a table (SLQ1011), and cheap for overlapping windows.</summary>
/// <typeparam name="TInput">The rows.</typeparam>
/// <typeparam name="TAccumulator">What is kept per group.</typeparam>
/// <typeparam name="TResult">The result.</typeparam>
public interface IRetractableAggregate<in TInput, TAccumulator, out TResult> : IStreamAggregate<TInput, TAccumulator, TResult>
{
    /// <summary>Undoes one <see cref="IStreamAggregate{TInput, TAccumulator, TResult}.Add"/> of an equal row.</summary>
    TAccumulator Remove(TAccumulator accumulator, TInput input);
}
