// The schemas as they stand in checkpoints: a change here is a change of the format, and needs a new version and a reader of the old one.
using NUnit.Framework;
using StreamLinq.Embedded;

namespace StreamLinq.Tests.Codec;

public sealed class SchemaTests
{
    [Test]
    public void Values_have_these_schemas()
    {
        Is<int>("v1 int32");
        Is<Small?>("v1 uint8?");
        Is<Wide>("v1 int64");
        Is<string>("v1 string");
        Is<byte[]>("v1 bytes");
        Is<Row>("v1 {Word:string,Count:int32}?");
        Is<Point>("v1 {X:int32,Y:double}");
        Is<Point?>("v1 {X:int32,Y:double}?");
        Is<(long, double?)>("v1 (int64,double?)");
        Is<(int, int, int, int, int, int, int, string, bool)>("v1 (int32,int32,int32,int32,int32,int32,int32,(string,bool))");
        Is<Tuple<int>>("v1 (int32)?");
        Is<Tagged>("v1 {Id:int32,Tags:[string]}?");
        Is<WithMore>("v1 {A:int32,B:string}?");
        Is<Plain>("v1 {Number:int32,Text:string,Items:[int64]}?");
        Is<Reversed>("v1 {First:int32,Second:string}?");
        Is<Dog>("v1 {Name:string,Age:int32}?");
        Is<Tree>("v1 {Name:string,Children:[^1]}?");
        Is<List<Tree>>("v1 [{Name:string,Children:[^1]}?]");
        Is<Chain>("v1 {Value:int32,Next:^1}?");
        Is<(Dictionary<string, int>, Uri)>("v1 (json,json)");
        Is<Empty>("v1 {}");
        Is<KeyValuePair<Guid, TimeSpan>>("v1 {Key:guid,Value:duration}");
        Is<Everything>("v1 {Bool:bool,Int8:int8,UInt8:uint8,Int16:int16,UInt16:uint16,Int32:int32,UInt32:uint32,Int64:int64,UInt64:uint64,Char:char,Float:float,Double:double,"
            + "Decimal:decimal,String:string,Guid:guid,DateTime:datetime,Instant:instant,Duration:duration,Small:uint8,Wide:int64}?");
        Is<(Half, Int128, UInt128, System.Numerics.BigInteger, DateOnly, TimeOnly)>("v1 (half,int128,uint128,integer,date,time)");
    }

    [Test]
    public void Keys_have_these_schemas()
    {
        Assert.That(Codecs.Key<Row>().Schema, NUnit.Framework.Is.EqualTo("v1 key {Word:string,Count:int32}?"));
        Assert.That(Codecs.Key<(long, DateTimeOffset)>().Schema, NUnit.Framework.Is.EqualTo("v1 key (int64,instant)"));
    }

    [Test]
    public void Anonymous_types_are_their_members()
    {
        Assert.That(SchemaOf(new { Word = "", Count = 1L }), NUnit.Framework.Is.EqualTo("v1 {Word:string,Count:int64}?"));
    }

    [Test]
    public void These_bytes_are_version_1()
    {
        Assert.That(Convert.ToHexString(ValueCodecTests.Bytes(new Click(-3, "é", new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.FromHours(1)), 12.50m, Small.B, 1.5))),
            NUnit.Framework.Is.EqualTo("010505C3A908DE49A334F298807809000004E2C8013FF8000000000000"));
        Assert.That(Convert.ToHexString(KeyCodecTests.Bytes(new Click(-3, "é", new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.FromHours(1)), 12.50m, Small.B, 1.5))),
            NUnit.Framework.Is.EqualTo("017FFFFFFFFFFFFFFDC3A90108DE49A334F29880A01964C801BFF8000000000000"));
    }

    private static string SchemaOf<T>(T example) => example is null ? "" : Codecs.Value<T>().Schema;

    private static void Is<T>(string schema) => Assert.That(Codecs.Value<T>().Schema, NUnit.Framework.Is.EqualTo(schema));
}
