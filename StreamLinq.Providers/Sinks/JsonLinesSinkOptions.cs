// How rows become JSON lines.
using System.Text.Json;

namespace StreamLinq;

/// <summary>How <see cref="StreamSink.JsonLines(string, JsonLinesSinkOptions, string[])"/> writes a row.</summary>
public sealed record JsonLinesSinkOptions : FileSinkOptions
{
    /// <summary>How a row becomes JSON; null: members in camelCase, fields too, text not escaped beyond need, NaN and infinities as strings. Rows are never indented.</summary>
    public JsonSerializerOptions? Json { get; init; }

    /// <summary>Writes the member "epoch" also for streams and in Complete mode; in Update and Changelog it is always written.</summary>
    public bool IncludeEpoch { get; init; }
}
