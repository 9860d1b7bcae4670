// q3: local items. Who sells in category 10 in Oregon, Idaho or California: all persons and auctions are kept.
namespace StreamLinq.Benchmarks.Nexmark;

public static class Q03
{
    public sealed record Row(string Name, string City, string State, long Id);

    public static IStreamQueryable<Row, AppendOnly> Query(Streams s) =>
        from a in s.Auctions
        join p in s.Persons.Unbounded() on a.Seller equals p.Id
        where a.Category == 10 && (p.State == "OR" || p.State == "ID" || p.State == "CA")
        select new Row(p.Name, p.City, p.State, a.Id);
}
