// The errors of a checkpoint in one place: each says what failed, where, and what to do instead. docs/errors.md has a heading per code.
namespace StreamLinq.Embedded;

internal static class CheckpointErrors
{
    internal static StreamLinqException InUse(string location, Exception? inner) => new(
        "SLQ2040",
        $"The checkpoint in '{location}' is in use by another process, or by another query of this one. One query owns a checkpoint at a time: stop the other one, or give this query a folder of its own.",
        inner);

    internal static StreamLinqException NotACheckpoint(string location, string found) => new(
        "SLQ2041",
        $"The folder '{location}' has files of a checkpoint ({found}) but no manifest.json, so it is not a checkpoint. Bring the manifest back from a backup, or use an empty folder to start anew.");

    internal static StreamLinqException Damaged(string location, string file, string what, Exception? inner = null) => new(
        "SLQ2042",
        $"The checkpoint in '{location}' is damaged: in '{file}', {what}. It was not written like this. Bring the folder back from a backup, or use an empty folder to start anew.",
        inner);

    internal static StreamLinqException Changed(string location, string changes) => new(
        "SLQ2043",
        $"The query has changed since the checkpoint in '{location}' was written:\n{changes}\nChange the query back, allow what is said with StreamingQueryOptions.AllowStateChanges, or use an empty folder to start anew.");

    internal static StreamLinqException NotASavepoint(string location, string why) => new(
        "SLQ2048",
        $"'{location}' cannot be used like this: {why}");

    internal static StreamLinqException NewerFormat(string location, int version, int known) => new(
        "SLQ2044",
        $"The checkpoint in '{location}' has format {version}; this version of StreamLinq reads up to {known}. Run the query with the version that wrote it, or a later one.");

    internal static StreamLinqException EntryTooLarge(string name, long length, int limit) => new(
        "SLQ2045",
        $"One entry of the state of '{name}' has {length:N0} bytes with its key; a checkpoint takes at most {limit:N0}. Split what is kept under one key, or keep less of it.");

    internal static StreamLinqException WriteFailed(string location, Exception inner) => new(
        "SLQ2046",
        $"Writing the checkpoint in '{location}' failed: {inner.Message} Nothing is lost up to the last committed epoch. Mend the disk, then start the query again from this checkpoint.",
        inner);

    internal static StreamLinqException OverBudget(long budget, long needed, string largest) => new(
        "SLQ2047",
        $"The query's state needs about {needed:N0} bytes of memory that cannot be given up, most of them for '{largest}'; its budget is {budget:N0}. Raise MemoryBudget, keep less (windows that close, Within, a smaller Take), or write the table in Update mode instead of Complete.");

    internal static StreamLinqException OpenFailed(string location, Exception inner) => new(
        "SLQ2046",
        $"Opening the checkpoint in '{location}' failed: {inner.Message} Nothing is lost up to the last committed epoch. Mend the disk, or the rights to the folder, then start the query again from this checkpoint.",
        inner);

    /// <summary>Whether it is a failure of the disk: an error of its own, no room, or no right to write.</summary>
    internal static bool IsOfDisk(Exception error) => error is IOException or UnauthorizedAccessException;

    internal static StreamLinqException AnotherQuery(string location, string storedQuery, string query, IEnumerable<string> stored, IEnumerable<string> now) => new(
        "SLQ1013",
        $"'{location}' is the checkpoint of another query. Stored: {storedQuery}, with the sources {string.Join(", ", stored)}. Now: {query}, with the sources {string.Join(", ", now)}. Give this query a folder of its own, or name its sources as before.");
}
