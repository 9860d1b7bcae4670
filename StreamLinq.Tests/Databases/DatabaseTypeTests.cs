// Every type a row may have comes back from PostgreSQL as it went, nulls too, and times are in UTC whatever zone the session is in (it is New York's).
using System.Globalization;
using NUnit.Framework;
using StreamLinq.Tests.Sinks;

namespace StreamLinq.Tests.Databases;

public sealed class DatabaseTypeTests
{
    public enum Size { Small = 1, Large = 7 }

    private enum Huge : ulong { Most = ulong.MaxValue }

    private sealed record Numbers(bool Flag, byte B, sbyte S, short I2, ushort U2, int I4, uint U4, long I8, ulong U8, float F4, double F8, decimal D);

    private sealed record Others(string T, char C, Guid G, byte[] Bytes, Size AsText, Size AsNumber, Size? None, TimeSpan Span, TimeSpan? NoSpan, DateOnly Day, TimeOnly Clock, DateOnly? NoDay);

    private sealed record Times(DateTimeOffset Instant, DateTimeOffset Local, DateTime Utc, DateTime Plain, DateTime ZonedUtc, DateTime ZonedPlain, DateTimeOffset? None);

    [Test]
    public async Task Numbers_at_their_limits()
    {
        await using var database = await TestDatabase.PostgresAsync();
        await database.ExecuteAsync("CREATE TABLE t (flag boolean, b smallint, s smallint, i2 smallint, u2 integer, i4 integer, u4 bigint, i8 bigint, u8 numeric, f4 real, f8 double precision, d numeric)");
        await WriteAsync(database, new Numbers(true, 255, -128, short.MinValue, ushort.MaxValue, int.MinValue, uint.MaxValue, long.MinValue, ulong.MaxValue, 1.5f, double.Epsilon, decimal.MaxValue));
        Assert.That(await database.RowsAsync("SELECT * FROM t"), Is.EqualTo(new[] { "True|255|-128|-32768|65535|-2147483648|4294967295|-9223372036854775808|18446744073709551615|1.5|5E-324|79228162514264337593543950335" }));
    }

    [Test]
    public async Task Texts_bytes_enums_and_spans()
    {
        await using var database = await TestDatabase.PostgresAsync();
        await database.ExecuteAsync("CREATE TABLE t (t text, c char(1), g uuid, bytes bytea, as_text varchar(9), as_number smallint, none integer, span interval, no_span interval, day date, clock time, no_day date, value numeric)");
        var id = Guid.NewGuid();
        var row = new Others("ü'\"\\ 日本", 'ß', id, [0, 255, 7], Size.Large, Size.Large, null, TimeSpan.FromMinutes(-61), null, new DateOnly(2024, 2, 29), new TimeOnly(23, 59, 59, 999), null);
        await WriteAsync(database, row, row with { NoSpan = TimeSpan.FromDays(2), None = Size.Small, NoDay = row.Day });
        Assert.That(await database.RowsAsync("SELECT t, c, g, encode(bytes, 'hex'), as_text, as_number, none, span::text, no_span::text, day::text, clock::text, no_day::text FROM t WHERE value IS NULL"), Is.EqualTo(new[]
        {
            $"ü'\"\\ 日本|ß|{id}|00ff07|Large|7|null|-01:01:00|null|2024-02-29|23:59:59.999|null",
            $"ü'\"\\ 日本|ß|{id}|00ff07|Large|7|1|-01:01:00|2 days|2024-02-29|23:59:59.999|2024-02-29",
        }));
        await WriteAsync(database, Huge.Most);
        Assert.That(await database.RowsAsync("SELECT value FROM t WHERE value IS NOT NULL"), Is.EqualTo(new[] { "18446744073709551615" }));
    }

    [Test]
    public async Task Times_are_in_utc()
    {
        await using var database = await TestDatabase.PostgresAsync();
        await database.ExecuteAsync("CREATE TABLE t (instant timestamptz, local timestamp, utc timestamp, plain timestamp, zoned_utc timestamptz, zoned_plain timestamptz, none timestamptz)");
        var instant = new DateTimeOffset(2024, 7, 1, 12, 0, 0, TimeSpan.FromHours(5));
        var utc = new DateTime(2024, 7, 1, 7, 0, 0, DateTimeKind.Utc);
        var plain = DateTime.SpecifyKind(utc, DateTimeKind.Unspecified);
        await WriteAsync(database, new Times(instant, instant, utc, plain, utc.ToLocalTime(), plain, null));
        var row = (await database.RowsAsync("SELECT instant AT TIME ZONE 'UTC', local, utc, plain, zoned_utc AT TIME ZONE 'UTC', zoned_plain AT TIME ZONE 'UTC', none FROM t"))[0].Split('|');
        Assert.That(row, Is.EqualTo(Enumerable.Repeat(plain.ToString(CultureInfo.InvariantCulture), 6).Append("null")));
        Assert.That(await database.RowsAsync("SHOW timezone"), Is.EqualTo(new[] { "America/New_York" }), "else this proves nothing");
    }

    private static async Task WriteAsync<T>(TestDatabase database, params T[] rows)
    {
        await using var writer = await StreamSink.Database(database.Source, "t").Create<T>().OpenAsync(query: Guid.NewGuid());
        await writer.InsertAsync(0, rows);
    }
}
