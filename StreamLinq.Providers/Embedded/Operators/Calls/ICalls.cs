// How answers are got: by a call per row, by a call per key, or from rows that were loaded before.
namespace StreamLinq.Embedded;

/// <summary>An answer, or why there is none.</summary>
internal readonly record struct Answer<T>(T Value, Exception? Failure);

/// <summary>One thread asks at a time.</summary>
internal interface ICalls<TArgument, TAnswer>
{
    /// <summary>How many calls run at once.</summary>
    int Concurrency { get; }

    /// <summary>How many calls a row has had that failed.</summary>
    int Attempts { get; }

    /// <summary>How many answers are kept for later rows.</summary>
    long Kept { get; }

    /// <summary>See <see cref="ICallingOperator.TakeTrouble"/>.</summary>
    Exception? TakeTrouble() => null;

    ValueTask OpenAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>An epoch begins, with its clock in UTC ticks.</summary>
    void BeginEpoch(long now)
    {
    }

    /// <summary>Answers the first so many arguments, each at its place; returns the order in which they are to go on, null for the order in which they stand.</summary>
    /// <param name="arguments">What is asked with.</param>
    /// <param name="count">How many there are.</param>
    /// <param name="answers">Where the answers go.</param>
    /// <param name="goesOn">Whether the rest is asked for when one has failed.</param>
    /// <param name="stop">Ends all calls.</param>
    ValueTask<IReadOnlyList<int>?> AnswerAsync(TArgument[] arguments, int count, Answer<TAnswer>[] answers, bool goesOn, CancellationToken stop);
}
