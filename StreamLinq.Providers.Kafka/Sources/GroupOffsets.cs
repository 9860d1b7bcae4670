// Tells the offsets of committed epochs to a consumer group, for lag monitors. It never holds an epoch up: one request is on its way at a time, and the newest offsets win.
using Confluent.Kafka;

namespace StreamLinq.Kafka;

/// <summary>Used by the reader only, one call at a time.</summary>
internal sealed class GroupOffsets(Action<IEnumerable<TopicPartitionOffset>> commit, Patience patience) : IAsyncDisposable
{
    private Task _running = Task.CompletedTask;
    private TopicPartitionOffset[]? _next;

    /// <summary>Notes the offsets, and sends them if nothing is on its way.</summary>
    /// <exception cref="StreamLinqException">An earlier request was refused.</exception>
    internal async ValueTask TellAsync(TopicPartitionOffset[] offsets)
    {
        _next = offsets;
        if (_running.IsCompleted) await SendAsync().ConfigureAwait(false);
    }

    private async ValueTask SendAsync()
    {
        await _running.ConfigureAwait(false);
        if (_next is not { Length: > 0 } offsets) return;
        _next = null;
        _running = Task.Run(() => Send(offsets));
    }

    // What passes by itself is left to the offsets of the next epoch; a right that lacks does not pass.
    private void Send(TopicPartitionOffset[] offsets)
    {
        try
        {
            commit(offsets);
        }
        catch (KafkaException error) when (KafkaErrors.IsPassing(error.Error) || error.Error.Code is ErrorCode.UnknownTopicOrPart or ErrorCode.Local_NoOffset)
        {
            patience.Tell(error.Error);
        }
        catch (KafkaException error)
        {
            throw KafkaErrors.Of(error.Error, patience.Place, error);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_next is not null) await SendAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
