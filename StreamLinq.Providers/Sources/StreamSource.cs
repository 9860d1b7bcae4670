// The door to the sources that come with StreamLinq.
using System.Threading.Channels;
using StreamLinq.Sources;

namespace StreamLinq;

/// <summary>Makes queries of inputs. Nothing is opened or read before a query over it starts.</summary>
public static class StreamSource
{
    /// <summary>A query over a source of one's own.</summary>
    /// <param name="source">The source.</param>
    /// <param name="name">The name its offsets are kept under across versions of the query; null: named by its place in the query.</param>
    public static IStreamQueryable<T, AppendOnly> From<T>(IStreamSource<T> source, string? name = null) => source.AsStreamQueryable(name);

    /// <summary>
    /// A query over an asynchronous sequence. It is read by a task of its own, up to 65536 rows ahead. It cannot be read again: rows that are not yet in a committed epoch are lost in a crash
    /// (<see cref="StreamSourceJournal.Journaled{T}(IStreamSource{T}, string)"/> keeps them). If it throws, the rows before are delivered and the query fails with SLQ2019.
    /// </summary>
    /// <param name="rows">The sequence; each query that starts enumerates it anew.</param>
    /// <param name="name">See <see cref="From{T}(IStreamSource{T}, string?)"/>.</param>
    public static IStreamQueryable<T, AppendOnly> From<T>(IAsyncEnumerable<T> rows, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(rows);
        return new AsyncEnumerableSource<T>(rows).AsStreamQueryable(name);
    }

    /// <summary>A query over a channel; the end of the channel ends it. As with a sequence, rows that are not yet in a committed epoch are lost in a crash. Two queries over one channel share its rows.</summary>
    /// <param name="rows">The channel.</param>
    /// <param name="name">See <see cref="From{T}(IStreamSource{T}, string?)"/>.</param>
    public static IStreamQueryable<T, AppendOnly> From<T>(ChannelReader<T> rows, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(rows);
        return new ChannelSource<T>(rows).AsStreamQueryable(name);
    }

    /// <summary>The same as <see cref="From{T}(IAsyncEnumerable{T}, string?)"/>.</summary>
    /// <param name="rows">The sequence.</param>
    /// <param name="name">See <see cref="From{T}(IStreamSource{T}, string?)"/>.</param>
    public static IStreamQueryable<T, AppendOnly> AsStreamQueryable<T>(this IAsyncEnumerable<T> rows, string? name = null) => From(rows, name);

    /// <summary>The lines of a UTF-8 text file, or of the files of a folder. A line ends at LF, CRLF or a lone CR; a byte order mark is passed over. Can be replayed.</summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="options">How to read; null: the defaults of <see cref="TextOptions"/>.</param>
    /// <param name="name">See <see cref="From{T}(IStreamSource{T}, string?)"/>.</param>
    public static IStreamQueryable<TextLine, AppendOnly> Text(string path, TextOptions? options = null, string? name = null) =>
        new FileSource<TextLine>(path, new TextFormat(), options ?? new TextOptions()).AsStreamQueryable(name);

    /// <summary>The values of a file of JSON lines, or of the files of a folder. Can be replayed.</summary>
    /// <typeparam name="T">The rows.</typeparam>
    /// <param name="path">The file or folder.</param>
    /// <param name="options">How to read; null: the defaults of <see cref="JsonLinesOptions"/>.</param>
    /// <param name="name">See <see cref="From{T}(IStreamSource{T}, string?)"/>.</param>
    public static IStreamQueryable<T, AppendOnly> JsonLines<T>(string path, JsonLinesOptions? options = null, string? name = null) =>
        new FileSource<T>(path, new JsonFormat<T>(options?.Serializer), options ?? new JsonLinesOptions()).AsStreamQueryable(name);

    /// <summary>The records of a CSV file, or of the files of a folder. Can be replayed.</summary>
    /// <typeparam name="T">The rows.</typeparam>
    /// <param name="path">The file or folder.</param>
    /// <param name="options">How to read; null: the defaults of <see cref="CsvOptions"/>.</param>
    /// <param name="name">See <see cref="From{T}(IStreamSource{T}, string?)"/>.</param>
    public static IStreamQueryable<T, AppendOnly> Csv<T>(string path, CsvOptions? options = null, string? name = null) =>
        new FileSource<T>(path, new CsvFormat<T>(options ?? new CsvOptions()), options ?? new CsvOptions()).AsStreamQueryable(name);

    /// <summary>
    /// The lines that a TCP server sends, in UTF-8. It cannot replay: lines that are not yet in a committed epoch are lost in a crash (<see cref="StreamSourceJournal.Journaled{T}(IStreamSource{T}, string)"/> keeps what was received).
    /// A last line without an end is a row when the peer closes the connection.
    /// </summary>
    /// <param name="host">The host's name or address.</param>
    /// <param name="port">The port, 1 to 65535.</param>
    /// <param name="options">How to read; null: the defaults of <see cref="SocketOptions"/>.</param>
    /// <param name="name">See <see cref="From{T}(IStreamSource{T}, string?)"/>.</param>
    public static IStreamQueryable<TextLine, AppendOnly> Socket(string host, int port, SocketOptions? options = null, string? name = null) =>
        new SocketSource(host, port, options ?? new SocketOptions()).AsStreamQueryable(name);

    /// <summary>
    /// Rows made by the clock: value 0, 1, 2 and so on, spread evenly over each second from the first start of the query on. Can be replayed. Value v belongs to partition v modulo <paramref name="partitions"/>.
    /// </summary>
    /// <param name="rowsPerSecond">How many rows per second, over all partitions; at least 1.</param>
    /// <param name="partitions">How many partitions; at least 1.</param>
    /// <param name="name">See <see cref="From{T}(IStreamSource{T}, string?)"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is 0 or less.</exception>
    public static IStreamQueryable<RateRow, AppendOnly> Rate(long rowsPerSecond, int partitions = 1, string? name = null) => new RateSource(rowsPerSecond, partitions).AsStreamQueryable(name);
}

/// <summary>A row of <see cref="StreamSource.Rate"/>.</summary>
/// <param name="Time">When it was due, to the millisecond.</param>
/// <param name="Value">Its number, from 0.</param>
public readonly record struct RateRow(DateTimeOffset Time, long Value);
