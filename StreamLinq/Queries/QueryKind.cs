// The kinds of queries. They are never instantiated; they say at compile time what may be asked of a query.
namespace StreamLinq;

/// <summary>What a query is as a whole. A type argument of <see cref="IStreamQueryable{T, TKind}"/>; there are no instances.</summary>
public abstract class QueryKind
{
    private protected QueryKind() { }
}

/// <summary>A stream or a table: rows that are not assigned to windows.</summary>
public abstract class Unwindowed : QueryKind
{
    private protected Unwindowed() { }
}

/// <summary>A stream: rows are only ever added.</summary>
public abstract class AppendOnly : Unwindowed
{
    private protected AppendOnly() { }
}

/// <summary>A stream whose rows carry a time and for which watermarks flow: it can be windowed and joined within a bound.</summary>
public abstract class EventTime : AppendOnly
{
    private protected EventTime() { }
}

/// <summary>A result that changes: rows are added, replaced and removed.</summary>
public abstract class Table : Unwindowed
{
    private protected Table() { }
}

/// <summary>A table in a stated order; Take makes it a top-N.</summary>
public abstract class OrderedTable : Table
{
    private protected OrderedTable() { }
}

/// <summary>A table with a key that also knows its past by event time; the right side of an as-of join.</summary>
public abstract class VersionedTable : Table
{
    private protected VersionedTable() { }
}

/// <summary>Rows assigned to windows; group or join them to go on. Results are final, one per window and group, once the watermark has passed the window's end.</summary>
public abstract class Windowed : QueryKind
{
    private protected Windowed() { }
}

/// <summary>Rows assigned to windows whose results are shown as they change: grouped they are a table.</summary>
public abstract class UpdatingWindowed : QueryKind
{
    private protected UpdatingWindowed() { }
}
