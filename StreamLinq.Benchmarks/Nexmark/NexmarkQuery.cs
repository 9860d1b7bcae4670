// The queries there are, by name, and how each is written to files: a stream is appended, a table is replaced whenever it changed, so that the file is the last one.
using System.Text.Json;

namespace StreamLinq.Benchmarks.Nexmark;

/// <param name="Name">q0, q1 and so on.</param>
/// <param name="Outputs">What runs: the streams, and the folder that gets name.jsonl.</param>
/// <param name="Counted">The same to a sink that only tells how many rows, or changes of a table, it got.</param>
public sealed record NexmarkQuery(string Name, Func<Streams, string, IReadOnlyList<StreamOutput>> Outputs, Func<Streams, Action<int>, StreamOutput> Counted)
{
    public static IReadOnlyList<NexmarkQuery> All { get; } =
    [
        Stream("q0", NexmarkJson.CamelCase, Q00.Query),
        Stream("q1", NexmarkJson.CamelCase, Q01.Query),
        Stream("q2", NexmarkJson.CamelCase, Q02.Query),
        Stream("q3", NexmarkJson.CamelCase, Q03.Query),
        Table("q4", NexmarkJson.CamelCase, Q04.Query),
        Stream("q5", NexmarkJson.CamelCase, Q05.Query),
        Table("q6", NexmarkJson.CamelCase, Q06.Query),
        Stream("q7", NexmarkJson.CamelCase, Q07.Query),
        Stream("q8", NexmarkJson.CamelCase, Q08.Query),
        Table("q9", NexmarkJson.CamelCase, Q09.Query),
        Stream("q10", NexmarkJson.CamelCase, Q10.Query, Q10.Files),
        Stream("q11", NexmarkJson.SnakeCase, Q11.Query),
        Stream("q12", NexmarkJson.SnakeCase, Q12.Query) with { Clock = true, RowsPerEpoch = 400 },
        Stream("q13", NexmarkJson.CamelCase, Q13.Query) with { ReadsSideInput = true },
        Stream("q14", NexmarkJson.CamelCase, Q14.Query),
        Table("q15", NexmarkJson.SnakeCase, Q15.Query),
        Table("q16", NexmarkJson.SnakeCase, Q16.Query),
        Table("q17", NexmarkJson.SnakeCase, Q17.Query),
        Table("q18", NexmarkJson.CamelCase, Q18.Query),
        Table("q19", NexmarkJson.CamelCase, Q19.Query),
        Stream("q20", NexmarkJson.CamelCase, Q20.Query),
        Stream("q21", NexmarkJson.SnakeCase, Q21.Query),
        Stream("q22", NexmarkJson.CamelCase, Q22.Query),
    ];

    /// <summary>Runs on the clock of the lines, not on the machine's.</summary>
    public bool Clock { get; private init; }

    /// <summary>Joins the events with the rows of a second file.</summary>
    public bool ReadsSideInput { get; private init; }

    /// <summary>Epochs of exactly so many lines; null: as the engine sizes them.</summary>
    public int? RowsPerEpoch { get; private init; }

    /// <summary>The output is a table, and is written anew whenever it changed.</summary>
    public bool IsTable { get; private init; }

    private static NexmarkQuery Stream<T>(string name, JsonSerializerOptions json, Func<Streams, IStreamQueryable<T, AppendOnly>> query, Func<Streams, string, StreamOutput>? more = null) =>
        new(name, (streams, folder) => [query(streams).WriteTo(File(folder, name, json)), .. more is null ? [] : new[] { more(streams, Path.Combine(folder, name)) }],
            (streams, count) => query(streams).WriteTo(new CountingSink<T>(batch => count(batch.Changes.Length))));

    private static NexmarkQuery Table<T>(string name, JsonSerializerOptions json, Func<Streams, IStreamQueryable<T, Table>> query) =>
        new(name, (streams, folder) => [query(streams).WriteTo(File(folder, name, json), OutputMode.Complete)],
            (streams, count) => query(streams).WriteTo(new CountingSink<T>(batch => count(batch.Changes.Length)), OutputMode.Changelog))
        {
            IsTable = true,
        };

    private static IStreamSinkFactory File(string folder, string name, JsonSerializerOptions json) => StreamSink.JsonLines(Path.Combine(folder, name + ".jsonl"), new JsonLinesSinkOptions { Json = json });
}
