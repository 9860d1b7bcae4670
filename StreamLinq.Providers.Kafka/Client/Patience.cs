// Calls a broker until it answers: what passes by itself is tried again for as long as the user says, and is told meanwhile; everything else is one of our errors at once.
using Confluent.Kafka;

namespace StreamLinq.Kafka;

/// <summary>Used by one caller at a time; <see cref="Trouble"/> may be read by any thread.</summary>
internal sealed class Patience(string place, TimeSpan limit, TimeProvider clock, string id = "")
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private volatile string? _trouble;
    private volatile bool _isAsking;

    internal string? Trouble => _trouble;

    internal TimeSpan Limit => limit;

    internal string Place => place;

    /// <summary>Repeats a call while its errors are passing ones.</summary>
    internal async Task<TResult> RunAsync<TResult>(Func<Task<TResult>> call, CancellationToken cancellationToken, TimeSpan? atMost = null)
    {
        var started = clock.GetTimestamp();
        using var asking = Ask();
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                var result = await call().ConfigureAwait(false);
                _trouble = null;
                return result;
            }
            catch (KafkaException error) when (error is KafkaRetriableException || (error is not KafkaTxnRequiresAbortException && KafkaErrors.IsPassing(error.Error)))
            {
                var waited = clock.GetElapsedTime(started);
                var most = atMost is { } less && less < limit ? less : limit;
                if (waited >= most) throw KafkaErrors.Unreachable(place, waited, KafkaErrors.Text(error.Error), error);
                Tell(error.Error);
            }
            catch (KafkaException error) when (error is not KafkaTxnRequiresAbortException)
            {
                throw KafkaErrors.Of(error.Error, place, error, id);
            }

            await Task.Delay(Pause, clock, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Repeats a call that blocks, on a thread of the pool.</summary>
    internal Task RunAsync(Action call, CancellationToken cancellationToken, TimeSpan? atMost = null) =>
        RunAsync(() => Task.Run(() => { call(); return true; }, cancellationToken), cancellationToken, atMost);

    /// <summary>Until it is disposed of, somebody waits for an answer.</summary>
    internal Asking Ask()
    {
        _isAsking = true;
        return new Asking(this);
    }

    /// <summary>What the client says by itself counts while somebody waits only: an idle connection that is closed is no trouble.</summary>
    internal void Hear(Error error)
    {
        if (_isAsking) Tell(error);
    }

    /// <summary>Something is wrong for now.</summary>
    internal void Tell(Error error) => _trouble = $"{place}: {KafkaErrors.Text(error)}; trying again";

    /// <summary>It works again.</summary>
    internal void Calm()
    {
        if (_trouble is not null) _trouble = null;
    }

    internal readonly struct Asking(Patience patience) : IDisposable
    {
        public void Dispose() => patience._isAsking = false;
    }
}
