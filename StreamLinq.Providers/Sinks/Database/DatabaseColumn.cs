// A member of the row and the column it is written to. Columns are found by name; a value is given to the database in the type that says most without asking for more than ADO.NET has.
using System.Data;
using System.Data.Common;
using System.Globalization;

namespace StreamLinq.Sinks;

/// <summary>A column as the table has it: the type its values are read as, and the database's own name of the type.</summary>
internal sealed record TableColumn(string Name, Type Type, string TypeName)
{
    // An instant is an instant, and a time without a zone is in UTC; so a column says which of the two it wants.
    internal bool HasZone => ((string[])["with time zone", "timestamptz", "datetimeoffset"]).Any(t => TypeName.Contains(t, StringComparison.OrdinalIgnoreCase));
}

/// <param name="name">The column's name, quoted.</param>
/// <param name="type">The parameter's type; null: the provider sees it from the value.</param>
/// <param name="convert">What is written for a value; null: itself.</param>
internal sealed class DatabaseColumn(string name, DbType? type, Func<object, object>? convert)
{
    internal string Name => name;

    internal DbParameter Parameter(DbCommand command, int number)
    {
        var parameter = command.CreateParameter();
        parameter.ParameterName = DatabaseSession.SqlParameter(number);
        if (type is { } known) parameter.DbType = known;
        return parameter;
    }

    internal object Value(object? value) => value is null ? DBNull.Value : convert is null ? value : convert(value);

    /// <summary>One for each member of the row, or SLQ2073 with the member that does not fit.</summary>
    internal static DatabaseColumn[] Bind(IReadOnlyList<(string Name, Type Type)> members, IReadOnlyList<TableColumn> table, SqlNames names, string sink)
    {
        var taken = new Dictionary<TableColumn, string>();
        return [.. members.Select(member =>
        {
            var column = Find(member.Name, table, sink);
            if (!taken.TryAdd(column, member.Name)) throw Misfit(sink, $"the members {taken[column]} and {member.Name} are both written to the column {column.Name}. Rename one in the query's last Select.");
            var (type, convert) = Kind(Nullable.GetUnderlyingType(member.Type) ?? member.Type, column)
                ?? throw Misfit(sink, $"the member {member.Name} is of type {member.Type.Name}, which is no value of a database. Select numbers, text, times, Guid, byte[] or an enum; a list or a record as text.");
            return new DatabaseColumn(names.Quoted(column.Name), type, convert);
        })];
    }

    // As it is written; else without regard to case; else without underscores too: CustomerId is written to customer_id.
    private static TableColumn Find(string member, IReadOnlyList<TableColumn> table, string sink)
    {
        Func<string, bool>[] rules =
        [
            name => string.Equals(name, member, StringComparison.Ordinal),
            name => string.Equals(name, member, StringComparison.OrdinalIgnoreCase),
            name => string.Equals(Plain(name), Plain(member), StringComparison.OrdinalIgnoreCase),
        ];
        foreach (var rule in rules)
        {
            TableColumn[] found = [.. table.Where(c => rule(c.Name))];
            if (found.Length == 1) return found[0];
            if (found.Length > 1) throw Misfit(sink, $"the member {member} could be written to any of the columns {string.Join(", ", found.Select(c => c.Name))}. Name it exactly as one of them in the query's last Select.");
        }
        throw Misfit(sink, $"the table has no column for the member {member}; its columns are {string.Join(", ", table.Select(c => c.Name))}. Add the column, or leave the member out in the query's last Select.");

        static string Plain(string name) => name.Replace("_", "", StringComparison.Ordinal);
    }

    private static StreamLinqException Misfit(string sink, string what) => new("SLQ2073", $"{sink}: {what}");

    private static (DbType? Type, Func<object, object>? Convert)? Kind(Type type, TableColumn column)
    {
        if (type.IsEnum)
        {
            if (column.Type == typeof(string)) return (DbType.String, static value => value.ToString()!);
            return type.GetEnumUnderlyingType() == typeof(ulong)
                ? (DbType.Decimal, static value => Convert.ToDecimal(value, CultureInfo.InvariantCulture))
                : (DbType.Int64, static value => Convert.ToInt64(value, CultureInfo.InvariantCulture));
        }

        if (type == typeof(DateTimeOffset)) return Time(static value => ((DateTimeOffset)value).UtcDateTime, column);
        if (type == typeof(DateTime)) return Time(static value => (DateTime)value is { Kind: DateTimeKind.Local } local ? local.ToUniversalTime() : (DateTime)value, column);
        return Type.GetTypeCode(type) switch
        {
            TypeCode.Boolean => (DbType.Boolean, null),
            TypeCode.Byte => (DbType.Byte, null),
            TypeCode.Int16 => (DbType.Int16, null),
            TypeCode.Int32 => (DbType.Int32, null),
            TypeCode.Int64 => (DbType.Int64, null),
            TypeCode.Single => (DbType.Single, null),
            TypeCode.Double => (DbType.Double, null),
            TypeCode.Decimal => (DbType.Decimal, null),
            TypeCode.String => (DbType.String, null),
            // Few databases have unsigned numbers, so these go as the next wider ones.
            TypeCode.SByte => (DbType.Int16, static value => (short)(sbyte)value),
            TypeCode.UInt16 => (DbType.Int32, static value => (int)(ushort)value),
            TypeCode.UInt32 => (DbType.Int64, static value => (long)(uint)value),
            TypeCode.UInt64 => (DbType.Decimal, static value => (decimal)(ulong)value),
            TypeCode.Char => (DbType.String, static value => value.ToString()!),
            _ when type == typeof(Guid) => (DbType.Guid, null),
            _ when type == typeof(byte[]) => (DbType.Binary, null),
            _ when type == typeof(DateOnly) => (DbType.Date, null),
            _ when type == typeof(TimeOnly) => (DbType.Time, null),
            // No DbType is an interval; the provider knows what it makes of one.
            _ when type == typeof(TimeSpan) => (null, null),
            _ => null,
        };
    }

    private static (DbType? Type, Func<object, object>? Convert) Time(Func<object, DateTime> utc, TableColumn column) => column.HasZone
        ? (DbType.DateTimeOffset, value => new DateTimeOffset(DateTime.SpecifyKind(utc(value), DateTimeKind.Utc)))
        : (DbType.DateTime2, value => DateTime.SpecifyKind(utc(value), DateTimeKind.Unspecified));
}
