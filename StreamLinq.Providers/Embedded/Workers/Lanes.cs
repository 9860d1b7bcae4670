// The lanes of a query, and the thread that gives them work: the one that runs the epoch. Lanes never wait for each other or for that thread, so none of this can come to a standstill.
using System.Runtime.ExceptionServices;

namespace StreamLinq.Embedded;

/// <summary>Used by the thread that runs the epoch.</summary>
internal sealed class Lanes
{
    /// <summary>Less than this many rows are not worth waking another thread for.</summary>
    internal const int FewRows = 1024;

    private readonly Lane[] _lanes;
    private readonly StageContext _context;

    /// <param name="count">How many.</param>
    /// <param name="context">Where the loops before an exchange say where they stand.</param>
    internal Lanes(int count, StageContext context)
    {
        _context = context;
        _lanes = [.. Enumerable.Range(0, count).Select(_ => new Lane(new StageContext { OnRowError = context.OnRowError }))];
    }

    internal int Count => _lanes.Length;

    internal StageContext Context => _context;

    internal Lane this[int lane] => _lanes[lane];

    /// <summary>Gives a lane something to do. Never throws.</summary>
    internal void Post(int lane, ILaneWork work, bool begins) => _lanes[lane].Post(work, begins);

    /// <summary>Throws what a lane has failed with, once the others have done what they were given.</summary>
    internal void ThrowIfFailed()
    {
        foreach (var lane in _lanes)
            if (lane.Failure is not null) Finish();
    }

    /// <summary>Returns when all lanes have done all they were given. Throws what the first row threw that made one fail.</summary>
    internal void Finish()
    {
        foreach (var lane in _lanes) lane.Finish();
        (Exception Error, long At)? first = null;
        foreach (var lane in _lanes)
        {
            _context.RowErrors += lane.Context.RowErrors;
            _context.FirstRowError ??= lane.Context.FirstRowError;
            (lane.Context.RowErrors, lane.Context.FirstRowError) = (0, null);
            if (lane.Failure is { } failure && (first is null || failure.At < first.Value.At)) first = failure;
        }

        if (first is not null) ExceptionDispatchInfo.Throw(first.Value.Error);
    }

    /// <summary>Does something for every lane, and returns when it is done.</summary>
    /// <param name="atOnce">Whether it is worth several threads.</param>
    /// <param name="action">What to do, by the lane's number.</param>
    internal void ForEach(bool atOnce, Action<int> action)
    {
        for (var lane = _lanes.Length - 1; lane >= 0; lane--) _lanes[lane].Post(new Each(lane, action), atOnce && lane > 0);
        Finish();
    }

    /// <summary>Forgets what the lanes have not begun, and returns when they rest.</summary>
    internal void Stop()
    {
        foreach (var lane in _lanes) lane.Stop();
    }

    private sealed class Each(int lane, Action<int> action) : ILaneWork
    {
        public long At => 0;

        public void Run() => action(lane);
    }
}
