// What happens to a simulated process, and at which call: everything it does with the disk, the sources and the sink is counted, so a seed places an accident between any two of them.
namespace StreamLinq.Tests.Faults;

internal enum Place { Disk, Sink, Source }

internal enum Accident
{
    /// <summary>The call fails without having had an effect.</summary>
    Fails,

    /// <summary>The call fails after it has had its effect.</summary>
    FailsAfter,

    /// <summary>The process dies in it. Of a write a part may be done.</summary>
    Dies,

    /// <summary>Somebody asks the query to stop.</summary>
    Stops,

    /// <summary>It takes three seconds of virtual time.</summary>
    Takes,

    /// <summary>It does not come back. Of a sink only.</summary>
    Hangs,
}

/// <summary>The accidents of one life of the process, and what has become of it. One caller at a time, but for the disk's own thread.</summary>
internal sealed class Misfortunes(VirtualTimeProvider clock)
{
    private readonly Dictionary<(Place, int), (Accident Accident, double Share)> _accidents = [];
    private readonly int[] _calls = new int[3];
    private readonly Lock _lock = new();
    private TaskCompletionSource? _hanging;
    private volatile TaskCompletionSource? _held;
    private volatile bool _isGivenUp;

    internal bool IsDead { get; private set; }

    internal bool HasFailed { get; private set; }

    /// <summary>Called when the query is asked to stop.</summary>
    internal Action Stop { get; set; } = () => { };

    /// <summary>Completes when the sink does not come back.</summary>
    internal TaskCompletionSource Hung { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal void Add(Place place, int call, Accident accident, double share) => _accidents[(place, call)] = (accident, share);

    internal string Text => string.Join(", ", _accidents.Select(a => $"{a.Key.Item1} {a.Key.Item2} {a.Value.Accident}"));

    internal void Die() => IsDead = true;

    /// <summary>How many calls a place has had.</summary>
    internal int Calls(Place place)
    {
        lock (_lock) return _calls[(int)place];
    }

    /// <summary>One call to a place. Throws if it fails or the process is dead.</summary>
    internal void Call(Place place, Action work, Action<double>? part = null)
    {
        (Accident Accident, double Share) what;
        lock (_lock)
        {
            if (!_accidents.TryGetValue((place, ++_calls[(int)place]), out what)) what = (Accident.Takes, 0);
            else if (what.Accident == Accident.Takes) clock.Advance(TimeSpan.FromSeconds(3));
        }

        ThrowIfDead();
        switch (what.Accident)
        {
            case Accident.Fails:
                HasFailed = true;
                throw Error(place, what.Share);
            case Accident.FailsAfter:
                HasFailed = true;
                work();
                throw Error(place, what.Share);
            case Accident.Dies:
                part?.Invoke(what.Share);
                Die();
                break;
            case Accident.Stops:
                Stop();
                break;
            case Accident.Hangs:
                _hanging = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                break;
            default:
                break;
        }

        ThrowIfDead();
        work();
    }

    /// <summary>Waits, if the last call to the sink was one that hangs.</summary>
    internal async ValueTask AfterAsync()
    {
        if (Interlocked.Exchange(ref _hanging, null) is not { } hanging) return;
        _held = hanging;
        if (_isGivenUp) hanging.TrySetResult();
        Hung.TrySetResult();
        await hanging.Task.ConfigureAwait(false);
    }

    /// <summary>Lets what hangs come back, canceled or not; nothing hangs any more.</summary>
    internal void Release(bool canceled)
    {
        _isGivenUp = true;
        _ = canceled ? _held?.TrySetCanceled() : _held?.TrySetResult();
    }

    private void ThrowIfDead()
    {
        if (IsDead) throw new IOException("The process is dead.");
    }

    private static Exception Error(Place place, double share) => place == Place.Disk && share < 0.3 ? new UnauthorizedAccessException("Simulated: permission denied.")
        : place == Place.Disk ? new IOException(share < 0.6 ? "Simulated: no space left on device." : "Simulated: input/output error.") : new InvalidOperationException($"Simulated: the {place} failed.");
}
