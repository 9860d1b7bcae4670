// The clock of q12: each line of the input takes 25 ms of it. It stands at the time of the next line that no epoch has read, so an epoch runs at the time of its first line.
namespace StreamLinq.Benchmarks.Nexmark;

public sealed class LineClock : TimeProvider
{
    public static readonly DateTimeOffset Start = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
    public static readonly TimeSpan PerLine = TimeSpan.FromMilliseconds(25);

    private long _ticks = Start.Ticks;

    /// <summary>Moves the clock to the time of a line.</summary>
    /// <param name="line">Its number, from 0.</param>
    public void MoveTo(long line) => Interlocked.Exchange(ref _ticks, (Start + (line * PerLine)).Ticks);

    public override DateTimeOffset GetUtcNow() => new(Interlocked.Read(ref _ticks), TimeSpan.Zero);
}
