// Fetches records in a thread of its own, ahead of the epoch and bounded in bytes. Only that thread touches the consumer's assignment, so nothing that was fetched before a jump can be taken for what comes after it.
using System.Collections.Concurrent;
using Confluent.Kafka;

namespace StreamLinq.Kafka;

/// <summary>Used by one reader, one call at a time, beside the thread it runs.</summary>
internal sealed class RecordFetch<TKey, TValue, TRow> : IAsyncDisposable
{
    private const int Idle = 25;
    private const int PerRecord = 64;
    private const int MostPooled = 64;

    private readonly IConsumer<ReadField<TKey>, ReadField<TValue>> _consumer;
    private readonly (FieldReader<TKey> Key, FieldReader<TValue> Value) _fields;
    private readonly ToRow<TKey, TValue, TRow> _toRow;
    private readonly Patience _patience;
    private readonly TimeProvider _clock;
    private readonly long _most;
    private readonly string? _onlyTopic;
    private readonly Lock _gate = new();
    private readonly ConcurrentQueue<Action> _commands = new();
    private readonly ConcurrentQueue<RowBlock<TRow>> _pool = new();
    private readonly ManualResetEventSlim _space = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Dictionary<(string, int), PartitionQueue<TRow>> _queues = [];
    private readonly List<PartitionQueue<TRow>> _dirty = [];
    private PartitionQueue<TRow>?[] _ofOnlyTopic = [];
    private TaskCompletionSource? _arrival;
    private volatile PartitionQueue<TRow>? _wanted;
    private volatile Exception? _failure;
    private volatile bool _stopping;
    private long _buffered;

    /// <param name="consumer">Owned from now on.</param>
    /// <param name="fields">Its deserializers.</param>
    /// <param name="toRow">Makes rows.</param>
    /// <param name="onlyTopic">The topic, where there is but one: records do not say it then.</param>
    /// <param name="most">How many bytes are read ahead at most.</param>
    /// <param name="patience">Is told of trouble.</param>
    /// <param name="clock">The engine's clock.</param>
    internal RecordFetch(
        IConsumer<ReadField<TKey>, ReadField<TValue>> consumer, (FieldReader<TKey> Key, FieldReader<TValue> Value) fields, ToRow<TKey, TValue, TRow> toRow, string? onlyTopic, long most, Patience patience, TimeProvider clock)
    {
        (_consumer, _fields, _toRow, _onlyTopic, _most, _patience, _clock) = (consumer, fields, toRow, onlyTopic, most, patience, clock);
        new Thread(Run) { IsBackground = true, Name = $"streamlinq {patience.Place}" }.Start();
    }

    internal void Fail(Exception error)
    {
        _failure ??= error;
        lock (_gate) Arrived();
    }

    internal void ThrowIfFailed()
    {
        if (_failure is { } failure) throw failure as StreamLinqException ?? KafkaErrors.Client(_patience.Place, failure.Message, failure);
    }

    /// <summary>Begins to read a partition at an offset, dropping what was read ahead of it.</summary>
    internal void Begin(PartitionQueue<TRow> queue, long offset)
    {
        int generation;
        lock (_gate)
        {
            generation = ++queue.Generation;
            while (queue.Blocks.TryDequeue(out var block)) Release(block);
            queue.Next = queue.Covered = offset;
            queue.IsOutOfRange = queue.IsUnknown = false;
        }

        _commands.Enqueue(() => Assign(queue, offset, generation));
    }

    /// <summary>No more of a partition.</summary>
    internal void End(PartitionQueue<TRow> queue) => _commands.Enqueue(() =>
    {
        if (queue.IsAssigned) _consumer.IncrementalUnassign([new TopicPartition(queue.Topic, queue.Partition)]);
        queue.IsAssigned = false;
    });

    /// <summary>The offset up to which rows have been taken, and the one up to which all is there.</summary>
    internal (long Next, long Covered) Place(PartitionQueue<TRow> queue)
    {
        lock (_gate) return (queue.Next, queue.Covered);
    }

    internal (bool IsOutOfRange, bool IsUnknown) Signs(PartitionQueue<TRow> queue)
    {
        lock (_gate) return (queue.IsOutOfRange, queue.IsUnknown);
    }

    internal void Forgive(PartitionQueue<TRow> queue)
    {
        lock (_gate) queue.IsUnknown = false;
    }

    /// <summary>The next rows before an offset; their block is given back by <see cref="GiveBack"/>.</summary>
    /// <returns>Nothing and false: they have not come yet. Nothing and true: there are none.</returns>
    internal (RowBlock<TRow>? Block, int From, int Count, bool IsDone) Take(PartitionQueue<TRow> queue, long to)
    {
        ThrowIfFailed();
        lock (_gate)
        {
            if (!queue.Blocks.TryPeek(out var block) || block.First >= to)
            {
                if (block is null && queue.Covered < to) return default;
                queue.Next = to;
                return (null, 0, 0, true);
            }

            if (block.Unread is { } unread)
            {
                queue.Next = unread.Offset + 1;
                return (queue.Blocks.Dequeue(), 0, 0, false);
            }

            var (from, count) = (block.From, block.CountBefore(to));
            queue.Next = block.Offsets[from + count - 1] + 1;
            block.From += count;
            if (block.From == block.Count) queue.Blocks.Dequeue();
            return (block, from, count, false);
        }
    }

    /// <summary>A block whose rows have all been taken is used again.</summary>
    internal void GiveBack(RowBlock<TRow> block)
    {
        if (block.From < block.Count) return;
        Release(block);
        _space.Set();
    }

    private void Release(RowBlock<TRow> block)
    {
        Interlocked.Add(ref _buffered, -block.Bytes);
        block.Clear();
        if (_pool.Count < MostPooled) _pool.Enqueue(block);
    }

    /// <summary>Waits until something has come for one of the partitions, or a while. Where a partition is named its records come before those of others.</summary>
    internal async ValueTask WaitAsync(PartitionQueue<TRow>? wanted, Func<bool> isThere, TimeSpan most, CancellationToken cancellationToken)
    {
        Task arrival;
        lock (_gate)
        {
            if (_failure is not null || isThere()) return;
            _arrival ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            arrival = _arrival.Task;
        }

        _wanted = wanted;
        if (wanted is not null) _space.Set();
        try
        {
            await arrival.WaitAsync(most, _clock, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // The caller looks what has become of it.
        }
        finally
        {
            _wanted = null;
        }
    }

    private void Arrived()
    {
        _arrival?.TrySetResult();
        _arrival = null;
    }

    public async ValueTask DisposeAsync()
    {
        _stopping = true;
        _space.Set();
        await _ended.Task.ConfigureAwait(false);
        _space.Dispose();
    }

    private void Run()
    {
        try
        {
            while (!_stopping) Step();
        }
        catch (Exception error)
        {
            Fail(error);
        }

        try
        {
            _consumer.Dispose();
            _ended.SetResult();
        }
        catch (Exception error)
        {
            _ended.SetException(error);
        }
    }

    private void Step()
    {
        while (_commands.TryDequeue(out var command)) command();
        if (IsFull()) return;
        try
        {
            var record = _consumer.Consume(_dirty.Count > 0 ? 0 : Idle);
            if (record is null) Publish();
            else if (Find(record.Topic, record.Partition.Value) is { } queue) Add(queue, record);
        }
        catch (ConsumeException error)
        {
            Publish();
            Hear(error);
        }
    }

    // Full, and nobody waits for a partition of which nothing is there: let the epoch read first.
    private bool IsFull()
    {
        var wanted = _wanted;
        var bytes = Volatile.Read(ref _buffered);
        if (bytes < _most)
        {
            if (wanted is { IsPaused: true }) Resume(wanted);
            if (bytes < _most / 2)
                foreach (var queue in _queues.Values)
                    if (queue.IsPaused) Resume(queue);
            return false;
        }

        bool isStarving;
        lock (_gate) isStarving = wanted is { Blocks.Count: 0 };
        if (isStarving)
        {
            foreach (var queue in _queues.Values)
                if (queue != wanted && queue.IsAssigned && !queue.IsPaused)
                {
                    _consumer.Pause([new TopicPartition(queue.Topic, queue.Partition)]);
                    queue.IsPaused = true;
                }

            if (wanted!.IsPaused) Resume(wanted);
            return false;
        }

        Publish();
        _space.Reset();
        if (Volatile.Read(ref _buffered) >= _most && _wanted is null && !_stopping) _space.Wait(Idle);
        return true;
    }

    private void Resume(PartitionQueue<TRow> queue)
    {
        if (queue.IsAssigned) _consumer.Resume([new TopicPartition(queue.Topic, queue.Partition)]);
        queue.IsPaused = false;
    }

    private void Assign(PartitionQueue<TRow> queue, long offset, int generation)
    {
        var place = new TopicPartition(queue.Topic, queue.Partition);
        if (queue.IsAssigned) _consumer.IncrementalUnassign([place]);
        if (queue.Open is { } open)
        {
            Release(open);
            queue.Open = null;
        }

        (queue.FetchNext, queue.FetchGeneration, queue.IsAssigned, queue.IsPaused) = (offset, generation, true, false);
        _queues[(queue.Topic, queue.Partition)] = queue;
        if (_onlyTopic is not null)
        {
            if (queue.Partition >= _ofOnlyTopic.Length) Array.Resize(ref _ofOnlyTopic, queue.Partition + 8);
            _ofOnlyTopic[queue.Partition] = queue;
        }

        _consumer.IncrementalAssign([new TopicPartitionOffset(place, new Offset(offset))]);
    }

    private PartitionQueue<TRow>? Find(string? topic, int partition) =>
        _onlyTopic is not null ? partition < _ofOnlyTopic.Length ? _ofOnlyTopic[partition] : null : _queues.GetValueOrDefault((topic!, partition));

    private void Add(PartitionQueue<TRow> queue, ConsumeResult<ReadField<TKey>, ReadField<TValue>> record)
    {
        var offset = record.Offset.Value;
        if (!queue.IsDirty)
        {
            queue.IsDirty = true;
            _dirty.Add(queue);
        }

        if (record.IsPartitionEOF)
        {
            if (offset > queue.FetchNext) queue.FetchNext = offset;
            return;
        }

        if (offset < queue.FetchNext) return;
        queue.FetchNext = offset + 1;
        var message = record.Message;
        var failure = message.Key.Failure ?? message.Value.Failure;
        if (failure is null)
        {
            var outcome = _toRow(record, out var row);
            if (outcome == RowOutcome.None) return;
            if (outcome == RowOutcome.Row)
            {
                var block = queue.Open ??= Free();
                var bytes = PerRecord + _fields.Key.Bytes + _fields.Value.Bytes;
                block.Add(row, offset, RecordTime.Milliseconds(message.Timestamp), bytes);
                Interlocked.Add(ref _buffered, bytes);
                if (block.IsFull) Publish();
                return;
            }
        }

        // It stands between the rows before and behind it, in a block of its own.
        Publish();
        var alone = Free();
        alone.Unread = new UnreadRecord(offset, message.Timestamp, message.Key.Raw, message.Value.Raw, message.Headers, failure is null ? "it has no value (a tombstone)." : Reason(failure));
        queue.Open = alone;
        queue.IsDirty = true;
        _dirty.Add(queue);
        Publish();
    }

    private static string Reason(Exception failure) => failure.Message.EndsWith('.') ? failure.Message : failure.Message + ".";

    private RowBlock<TRow> Free() => _pool.TryDequeue(out var block) ? block : new RowBlock<TRow>();

    private void Publish()
    {
        if (_dirty.Count == 0) return;
        lock (_gate)
        {
            foreach (var queue in _dirty)
            {
                queue.IsDirty = false;
                var isCurrent = queue.FetchGeneration == queue.Generation;
                if (queue.Open is { IsEmpty: false } open)
                {
                    if (isCurrent) queue.Blocks.Enqueue(open);
                    else Release(open);
                    queue.Open = null;
                }

                if (isCurrent) queue.Covered = Math.Max(queue.Covered, queue.FetchNext);
            }

            Arrived();
        }

        _dirty.Clear();
        _patience.Calm();
    }

    // What concerns one partition is noted there; what passes is told; the rest ends the query.
    private void Hear(ConsumeException error)
    {
        var place = error.ConsumerRecord?.TopicPartition;
        var queue = place is null ? null : Find(place.Topic ?? _onlyTopic, place.Partition.Value);
        if (error.Error.Code is ErrorCode.Local_AutoOffsetReset or ErrorCode.OffsetOutOfRange or ErrorCode.Local_LogTruncation && queue is not null)
        {
            lock (_gate)
            {
                if (queue.FetchGeneration == queue.Generation) queue.IsOutOfRange = true;
                Arrived();
            }
        }
        else if (error.Error.Code is ErrorCode.UnknownTopicOrPart or ErrorCode.Local_UnknownTopic or ErrorCode.Local_UnknownPartition or ErrorCode.UnknownTopicId)
        {
            lock (_gate)
            {
                foreach (var unknown in _queues.Values.Where(q => queue is null || q == queue)) unknown.IsUnknown = true;
                Arrived();
            }
        }
        else if (KafkaErrors.IsPassing(error.Error))
        {
            _patience.Tell(error.Error);
        }
        else
        {
            Fail(KafkaErrors.Of(error.Error, _patience.Place, error));
        }
    }
}
