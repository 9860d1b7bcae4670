// A translator that only knows the public plan can print queries as SQL.
using NUnit.Framework;

namespace StreamLinq.Tests.Plans;

[TestFixture]
public sealed class SqlPlansTests
{
    private sealed record Click(string User, string Country, int Amount);

    private static readonly IStreamQueryable<Click, AppendOnly> Clicks = StreamSource.From(new MemorySource<Click>(), "clicks");

    [Test]
    public void Word_count_is_sql()
    {
        var lines = StreamSource.From(new MemorySource<TextLine>(), "lines");
        var query = from line in lines
                    from word in line.Text.Split(' ')
                    where word.Length > 0
                    group word by word into g
                    orderby g.Count() descending
                    select new { Word = g.Key, Count = g.Count() };
        Assert.That(SqlPlans.Of(query), Is.EqualTo(
            "SELECT word_2 AS Word, count AS Count FROM (SELECT word AS word_2, COUNT(*) AS count FROM (SELECT * FROM lines CROSS JOIN UNNEST(SPLIT(Text, ' ')) AS u(word) WHERE (CHAR_LENGTH(word) > 0)) t1 GROUP BY word) t2 ORDER BY count DESC"));
    }

    [Test]
    public void Top_n_is_sql()
    {
        var query = from c in Clicks
                    group c by c.Country into g
                    from top in g.Where(c => c.Amount > 0).OrderByDescending(c => c.Amount).ThenBy(c => c.User).Take(3).Select((c, rank) => new { c.User, Rank = rank })
                    select new { g.Key, top.User, top.Rank };
        Assert.That(SqlPlans.Of(query), Is.EqualTo(
            "SELECT country AS Key, user AS User, rank AS Rank FROM (SELECT country, rank, item.User AS user FROM (SELECT Country AS country, ARRAY_AGG(row ORDER BY Amount DESC, User LIMIT 3) FILTER (WHERE (Amount > 0)) AS rows "
            + "FROM clicks GROUP BY Country) t1 CROSS JOIN UNNEST(rows) AS item WITH OFFSET AS rank) t2"));
    }

    [Test]
    public void Having_filters_and_merges_are_sql()
    {
        var query = from c in Clicks.Where(c => c.Country != null).Merge(Clicks)
                    group c by c.Country into g
                    let big = g.Where(c => c.Amount > 10)
                    where g.Count() > 1
                    select new { Country = g.Key, Big = big.Sum(c => c.Amount), Users = g.CountDistinct(c => c.User) };
        Assert.That(SqlPlans.Of(query), Is.EqualTo(
            "SELECT country AS Country, sum AS Big, countDistinct AS Users FROM (SELECT * FROM (SELECT row_2.Country AS country, COUNT(*) AS count, SUM(row_2.Amount) FILTER (WHERE (row_2.Amount > 10)) AS sum, COUNT(DISTINCT row_2.User) AS countDistinct "
            + "FROM (SELECT row AS row_2 FROM (SELECT * FROM clicks WHERE Country IS NOT NULL) t1 UNION ALL SELECT row AS row_2 FROM clicks) t2 GROUP BY row_2.Country) t3 WHERE (count > 1)) t4"));
    }
}
