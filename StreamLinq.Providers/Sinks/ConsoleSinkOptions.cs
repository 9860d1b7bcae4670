// How the console sink prints; the defaults are those of Spark's show().
namespace StreamLinq;

/// <summary>How <see cref="StreamSink.Console(ConsoleSinkOptions)"/> prints an epoch.</summary>
public sealed record ConsoleSinkOptions
{
    /// <summary>How many rows of an epoch are printed; a line below tells when there were more. The default is 20. Not negative.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    public int Rows
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            field = value;
        }
    } = 20;

    /// <summary>Longer values are cut to so many characters, the last three of them "...". 0: values are not cut, and stand to the left. The default is 20. Not negative.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    public int Truncate
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            field = value;
        }
    } = 20;

    /// <summary>Where to print; null means <see cref="System.Console.Out"/> as it is when the epoch is printed. It is not disposed.</summary>
    public TextWriter? Output { get; init; }
}
