// One worker of a query: it does what it is given, one thing after the other, with copies of the operators that nobody else touches. It has no thread of its own: while there is something to do a
// thread of the pool does it, and whoever waits for it does it himself if none has begun. So nothing waits for the pool, and nothing is left behind when a query ends.
namespace StreamLinq.Embedded;

/// <summary>Given work by one thread at a time.</summary>
/// <param name="context">Where its loops say where they stand.</param>
internal sealed class Lane(StageContext context) : IThreadPoolWorkItem
{
    private const int MostWaiting = 8;

    private readonly object _gate = new();
    private readonly Queue<ILaneWork> _work = new();
    private bool _isScheduled;
    private bool _isRunning;

    internal StageContext Context => context;

    /// <summary>What it failed with, and when the row came that it was at. From then on it does nothing.</summary>
    internal (Exception Error, long At)? Failure { get; private set; }

    /// <summary>Adds something to do. Where much is waiting already, this returns when some of it is done.</summary>
    /// <param name="work">The work.</param>
    /// <param name="begins">Whether another thread should begin at once.</param>
    internal void Post(ILaneWork work, bool begins)
    {
        var schedules = false;
        lock (_gate)
        {
            _work.Enqueue(work);
            if (begins && !_isRunning && !_isScheduled) schedules = _isScheduled = true;
        }

        if (schedules) Schedule();
        if (TryBegin(MostWaiting)) Run(MostWaiting / 2);
    }

    /// <summary>Returns when all is done.</summary>
    internal void Finish()
    {
        if (TryBegin(0)) Run(0);
    }

    /// <summary>Forgets what has not begun and waits for what has.</summary>
    internal void Stop()
    {
        lock (_gate) _work.Clear();
        Finish();
    }

    void IThreadPoolWorkItem.Execute()
    {
        lock (_gate)
        {
            // Whoever waited has begun instead, or it is all done.
            if (!_isScheduled || _isRunning) return;
            _isScheduled = false;
            _isRunning = true;
        }

        Run(0);
    }

    private void Schedule() => ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);

    // Waits while more than so much is waiting and another thread is at it; whether it is up to the caller to go on.
    private bool TryBegin(int waiting)
    {
        lock (_gate)
        {
            if (_work.Count < waiting) return false;
            while (_isRunning && (waiting == 0 || _work.Count > waiting / 2)) Monitor.Wait(_gate);
            if (_isRunning || _work.Count <= waiting / 2) return false;
            _isScheduled = false;
            return _isRunning = true;
        }
    }

    private void Run(int leaves)
    {
        while (true)
        {
            ILaneWork work;
            lock (_gate)
            {
                if (_work.Count <= leaves)
                {
                    _isRunning = false;
                    Monitor.PulseAll(_gate);
                    if (_work.Count == 0) return;
                    _isScheduled = true;
                    break;
                }

                work = _work.Dequeue();
                if (_work.Count == MostWaiting / 2) Monitor.PulseAll(_gate);
            }

            if (Failure is not null) continue;
            try
            {
                work.Run();
            }
            catch (Exception error)
            {
                Failure = (error, work.At);
            }
        }

        Schedule();
    }
}
