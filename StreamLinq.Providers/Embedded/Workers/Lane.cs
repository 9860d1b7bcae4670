// One worker of a query: it does what it is given, one thing after the other, with copies of the operators that nobody else touches. Whoever waits for it does its work himself if it has not begun, so
// little work wakes nobody. For more it has a thread, from the first time on until the query ends: not one of the pool, which would run short of threads where a lane waits for state on a disk.
namespace StreamLinq.Embedded;

/// <summary>Given work by one thread at a time.</summary>
/// <param name="context">Where its loops say where they stand.</param>
internal sealed class Lane(StageContext context)
{
    private const int MostWaiting = 8;

    private readonly object _gate = new();
    private readonly Queue<ILaneWork> _work = new();
    private Thread? _thread;
    private bool _isCalled;
    private bool _isRunning;
    private bool _isStopped;

    internal StageContext Context => context;

    /// <summary>What it failed with, and when the row came that it was at. From then on it does nothing.</summary>
    internal (Exception Error, long At)? Failure { get; private set; }

    /// <summary>Adds something to do. Where much is waiting already, this returns when some of it is done.</summary>
    /// <param name="work">The work.</param>
    /// <param name="begins">Whether its thread should begin at once.</param>
    internal void Post(ILaneWork work, bool begins)
    {
        lock (_gate)
        {
            _work.Enqueue(work);
            if (begins && !_isRunning) Call();
        }

        if (TryBegin(MostWaiting)) Run(MostWaiting / 2);
    }

    /// <summary>Returns when all is done.</summary>
    internal void Finish()
    {
        if (TryBegin(0)) Run(0);
    }

    /// <summary>Forgets what has not begun, waits for what has, and ends its thread.</summary>
    internal void Stop()
    {
        lock (_gate) _work.Clear();
        Finish();
        lock (_gate)
        {
            _isStopped = true;
            Monitor.PulseAll(_gate);
        }

        _thread?.Join();
    }

    private void Call()
    {
        _isCalled = true;
        Monitor.PulseAll(_gate);
        if (_thread is not null) return;
        _thread = new Thread(RunUntilStopped) { IsBackground = true, Name = "StreamLinq worker" };
        _thread.UnsafeStart();
    }

    private void RunUntilStopped()
    {
        while (true)
        {
            lock (_gate)
            {
                while (!_isStopped && (!_isCalled || _isRunning)) Monitor.Wait(_gate);
                if (_isStopped) return;
                _isCalled = false;
                _isRunning = true;
            }

            Run(0);
        }
    }

    // Waits while more than so much is waiting and another thread is at it; whether it is up to the caller to go on.
    private bool TryBegin(int waiting)
    {
        lock (_gate)
        {
            if (_work.Count < waiting) return false;
            while (_isRunning && (waiting == 0 || _work.Count > waiting / 2)) Monitor.Wait(_gate);
            if (_isRunning || _work.Count <= waiting / 2) return false;
            _isCalled = false;
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
                    if (_work.Count > 0) Call();
                    return;
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
    }
}
