// The row of text files and sockets.
namespace StreamLinq;

/// <summary>One line of text.</summary>
/// <param name="Text">The line without its end; may be empty, never null.</param>
/// <param name="Origin">The file's full path, or host:port of a socket.</param>
/// <param name="Number">The number of the line in the file, or in this run of the socket source, from 1.</param>
/// <param name="ReadAt">
/// For a file its last write time when the epoch was planned, which is kept in the offset, so that a replay gives the same; for a socket the time of reading.
/// </param>
public sealed record TextLine(string Text, string Origin, long Number, DateTimeOffset ReadAt);
