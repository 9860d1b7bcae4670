// How a socket source behaves when its peer goes away, and what it does with lines it cannot read.
using Microsoft.Extensions.Logging;

namespace StreamLinq;

/// <summary>What a socket source does when its peer closes the connection.</summary>
public enum SocketClosePolicy
{
    /// <summary>It connects again, with growing pauses, and logs each outage once. The input never ends.</summary>
    Reconnect,

    /// <summary>The input ends. A connection that breaks instead of being closed fails the query (SLQ2018).</summary>
    End,
}

/// <summary>How <see cref="StreamSource.Socket"/> reads.</summary>
public sealed record SocketOptions
{
    /// <summary>What happens when the peer closes the connection. The first connection must succeed in any case (SLQ2017).</summary>
    public SocketClosePolicy OnClose { get; init; }

    /// <summary>The first pause before connecting again; each further one is twice as long.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest pause before connecting again.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The longest line, in bytes without its end; a longer one is a bad line.</summary>
    public int MaxLineBytes { get; init; } = 1 << 20;

    /// <summary>How many lines are received ahead of the query; then the peer has to wait.</summary>
    public int BufferedLines { get; init; } = 65536;

    /// <summary>What happens to a line that is not UTF-8, is too long, or is cut short because the connection broke.</summary>
    public BadLinePolicy OnBadLine { get; init; }

    /// <summary>Called with each line that is skipped, at least once. Needs <see cref="BadLinePolicy.SkipAndCount"/>.</summary>
    public Func<RejectedLine, CancellationToken, ValueTask>? Rejects { get; init; }

    /// <summary>Where outages are logged; null: nowhere.</summary>
    public ILogger? Logger { get; init; }

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxLineBytes, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(BufferedLines, 1);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(FirstPause, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(LongestPause, FirstPause);
        if (Rejects is not null && OnBadLine == BadLinePolicy.Fail) throw new ArgumentException("Rejects is called with OnBadLine = SkipAndCount only.");
    }
}
