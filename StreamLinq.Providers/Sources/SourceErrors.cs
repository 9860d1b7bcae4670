// The errors of sources in one place, so that each code has one text. docs/errors.md explains them.
namespace StreamLinq.Sources;

internal static class SourceErrors
{
    internal static StreamLinqException Missing(string path, Exception? inner = null) =>
        new("SLQ2010", $"there is no file or folder '{path}' that can be read. Create it before the query starts, or correct the path.", inner);

    internal static StreamLinqException Vanished(string path, Exception? inner = null) =>
        new("SLQ2011", $"the file '{path}' vanished before all its lines were read. Put it back with the same content and start the query again; remove files only after their epoch was committed.", inner);

    internal static StreamLinqException Shrank(string path, long expected, long found) =>
        new("SLQ2012", $"the file '{path}' was read up to byte {expected} and now has {found} bytes only. Files may grow but not shrink: write a new file, or start with a new checkpoint.");

    internal static StreamLinqException Changed(string path, long expected, long found) =>
        new("SLQ2013", $"the file '{path}' had {expected} bytes when it was taken and has {found} now. A file in a folder must be complete when it appears: write it under a name that begins with '.' or '_' or ends in '.tmp', then rename it.");

    internal static StreamLinqException BadLine(RejectedLine line, Exception? inner = null) =>
        new("SLQ2014", $"{line.Origin}, line {line.Number}: {line.Reason}. It begins with: {line.Beginning}. Correct it, or set OnBadLine to SkipAndCount.", inner);

    internal static StreamLinqException Header(string path, string reason, Exception? inner = null) =>
        new("SLQ2015", $"{path}: the CSV header does not fit the row type: {reason}. Name the columns like the members, or set HasHeader to false to match by place.", inner);

    internal static StreamLinqException Position(string position, string source) =>
        new("SLQ2016", $"'{position}' is not a position of {source}. The checkpoint belongs to another source: give the source the name it had, or start with a new checkpoint.");

    internal static StreamLinqException NoConnection(string origin, Exception inner) =>
        new("SLQ2017", $"cannot connect to {origin}: {inner.Message}. Start the server first, or correct host and port.", inner);

    internal static StreamLinqException Broken(string origin, Exception inner) =>
        new("SLQ2018", $"the connection to {origin} broke: {inner.Message}. Rows that came before are delivered; choose SocketClosePolicy.Reconnect to go on after an outage.", inner);

    internal static StreamLinqException InputFailed(string source, Exception inner) =>
        new("SLQ2019", $"the input of {source} threw {inner.GetType().Name}: {inner.Message}. Rows that came before are delivered.", inner);

    internal static StreamLinqException RowsGone(string source, long wanted, long held) =>
        new("SLQ2020", $"{source} holds {held} rows, but the checkpoint has read {wanted}. Rows in memory do not outlive the process: add them again before the query starts, or start with a new checkpoint.");

    internal static StreamLinqException JournalInUse(string path, Exception inner) =>
        new("SLQ2021", $"the journal '{path}' is in use by another reader. Give each source of each query its own folder.", inner);

    internal static StreamLinqException JournalDamaged(string path, string reason) =>
        new("SLQ2022", $"the journal '{path}' is damaged: {reason}. Restore the folder, or start with a new journal and a new checkpoint.");

    internal static StreamLinqException NotASource(string query) =>
        new("SLQ2023", $"Journaled was called on a query that is more than a source: {query}. Call it directly on the source, before Where, Select and so on.");

    internal static StreamLinqException OtherRange(string path) =>
        new("SLQ2024", $"a range of '{path}' was asked for that was never planned. Read the ranges that GetLatestAsync named, each from the offsets it was given.");
}
