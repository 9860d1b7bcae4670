// Reads of a device on threads of the pool: many are under way at once, and who asked for them goes on meanwhile.
// A thread takes read after read, so that reads which the system has in memory cost no change of threads each.
using System.Collections.Concurrent;
using FASTER.core;

namespace StreamLinq.Embedded;

/// <summary>A read that FASTER waits for.</summary>
internal readonly record struct DeviceRead(int Segment, ulong Position, IntPtr Target, uint Length, DeviceIOCompletionCallback Done, object Context);

/// <summary>Thread-safe.</summary>
internal sealed class DeviceReads(Action<DeviceRead> read) : IThreadPoolWorkItem
{
    private const int MostThreads = 16;
    private readonly ConcurrentQueue<DeviceRead> _waiting = new();
    private int _threads;

    internal void Add(DeviceRead one)
    {
        _waiting.Enqueue(one);
        Start();
    }

    /// <summary>Does what has not begun.</summary>
    internal void Help()
    {
        while (_waiting.TryDequeue(out var one))
            read(one);
    }

    private void Start()
    {
        if (Volatile.Read(ref _threads) >= MostThreads)
            return;
        Interlocked.Increment(ref _threads);
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    void IThreadPoolWorkItem.Execute()
    {
        Help();
        Interlocked.Decrement(ref _threads);
        // Who added one meanwhile may have seen this thread as one that would take it.
        if (!_waiting.IsEmpty)
            Start();
    }
}
