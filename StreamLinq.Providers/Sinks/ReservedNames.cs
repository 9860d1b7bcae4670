// The two members that files add to the rows of a changing table; a row that has one of its own would make a line nobody can read.
namespace StreamLinq.Sinks;

internal static class ReservedNames
{
    internal static void Check(IEnumerable<string> names, string sink)
    {
        foreach (var name in names)
            if (name is "epoch" or "change")
                throw new StreamLinqException("SLQ2036", $"{sink}: the row has a member '{name}', and the file adds one of this name to say which epoch a row is from and what became of it. Give the member another name in the query's last Select.");
    }
}
