// Events from a file of JSON lines, which may be compressed (.gz). A position is a number of lines; a file that is compressed can only be read from its beginning, so going back reads it anew.
using System.Globalization;
using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace StreamLinq.Benchmarks.Nexmark;

/// <param name="path">The file; it does not change while it is read.</param>
/// <param name="clock">Null, or the clock that is moved to the line that comes next, when the source is opened and when an epoch has been read.</param>
public sealed class EventSource(string path, LineClock? clock = null) : IStreamSource<Event>
{
    // What an epoch takes when nothing limits it.
    private const int MostLines = 1 << 16;
    private const int BatchRows = 4096;

    public string Description => $"events of {path}";

    public bool IsReplayable => true;

    private LineClock? Clock => clock;

    public ValueTask<IStreamReader<Event>> OpenAsync(SourceContext context, CancellationToken cancellationToken)
    {
        Clock?.MoveTo(Line(context.Start));
        return new(new Reader(this));
    }

    private StreamReader Open()
    {
        var file = File.OpenRead(path);
        return new StreamReader(path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GZipStream(file, CompressionMode.Decompress) : file);
    }

    private Event Parse(string line, long number)
    {
        try
        {
            return JsonSerializer.Deserialize<Event>(line, NexmarkJson.CamelCase) ?? throw new JsonException("it is null");
        }
        catch (JsonException wrong)
        {
            throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"Line {number + 1} of {path} is no event: {wrong.Message}"), wrong);
        }
    }

    private static long Line(IReadOnlyList<SourceOffset> offsets) => offsets.Count == 0 ? 0 : Line(offsets[0].Position);

    private static long Line(string? position) => position is null ? 0 : long.Parse(position, CultureInfo.InvariantCulture);

    private sealed class Reader(EventSource source) : IStreamReader<Event>
    {
        // The lines from _from on have been read ahead, the file stands behind them.
        private readonly List<Event> _ahead = [];
        private StreamReader _lines = source.Open();
        private long _from;
        private bool _ended;

        public async ValueTask<SourceProgressPoint> GetLatestAsync(IReadOnlyList<SourceOffset> current, ReadLimit limit, CancellationToken cancellationToken)
        {
            var from = Line(current);
            var most = (int)Math.Min(limit.MaxRows ?? MostLines, MostLines);
            // One more than asked for tells whether the input ends here.
            await ReadAheadAsync(from, most + 1, cancellationToken);
            var count = Math.Min(most, _ahead.Count);
            return new SourceProgressPoint(count == 0 ? current : [new SourceOffset("file", (from + count).ToString(CultureInfo.InvariantCulture))], _ended && _ahead.Count == count);
        }

        public async IAsyncEnumerable<ReadOnlyMemory<Event>> ReadAsync(OffsetRange range, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            var (at, to) = (Line(range.From), Line(range.To));
            while (at < to)
            {
                var count = (int)Math.Min(BatchRows, to - at);
                await ReadAheadAsync(at, count, cancellationToken);
                if (_ahead.Count < count) throw new InvalidDataException($"{source.Description}: line {to} has been read before and is not there now.");
                yield return CollectionsMarshal.AsSpan(_ahead)[..count].ToArray();
                at += count;
            }

            source.Clock?.MoveTo(to);
        }

        public ValueTask CommitAsync(IReadOnlyList<SourceOffset> offsets, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask FixEndAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask WaitAsync(IReadOnlyList<SourceOffset> current, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask DisposeAsync()
        {
            _lines.Dispose();
            return ValueTask.CompletedTask;
        }

        // Afterwards _ahead begins at a line and holds so many of them, or all that follow.
        private async ValueTask ReadAheadAsync(long from, int count, CancellationToken cancellationToken)
        {
            if (from < _from)
            {
                _lines.Dispose();
                _lines = source.Open();
                _ahead.Clear();
                (_from, _ended) = (0, false);
            }

            var passed = (int)Math.Min(from - _from, _ahead.Count);
            _ahead.RemoveRange(0, passed);
            for (_from += passed; _from < from && !_ended; _from++) _ended = await _lines.ReadLineAsync(cancellationToken) is null;
            while (!_ended && _ahead.Count < count)
            {
                if (await _lines.ReadLineAsync(cancellationToken) is { } line) _ahead.Add(source.Parse(line, _from + _ahead.Count));
                else _ended = true;
            }
        }
    }
}
