// Something elsewhere that takes its time, fails now and then and counts who is there at once: the answers are always the same, when they come never is.
using System.Collections.Concurrent;

namespace StreamLinq.Tests.Calls;

internal sealed class FlakyService
{
    private readonly ConcurrentDictionary<int, int> _calls = new();
    private int _now;
    private int _most;

    /// <summary>How many calls for one number fail before one does not.</summary>
    internal int Failures { get; init; }

    internal int Most => Volatile.Read(ref _most);

    internal int Calls => _calls.Values.Sum();

    internal IReadOnlyDictionary<int, int> CallsOf => _calls;

    internal async ValueTask<T> AnswerAsync<T>(int number, T answer)
    {
        var now = Interlocked.Increment(ref _now);
        try
        {
            InterlockedMax(now);
            for (var wait = Math.Abs(number) % 4; wait > 0; wait--) await Task.Yield();
            return _calls.AddOrUpdate(number, 1, (_, before) => before + 1) % (Failures + 1) == 0 ? answer : throw new IOException($"no answer for {number}");
        }
        finally
        {
            Interlocked.Decrement(ref _now);
        }
    }

    private void InterlockedMax(int value)
    {
        for (var most = Most; value > most; most = Most)
            if (Interlocked.CompareExchange(ref _most, value, most) == most) return;
    }
}
