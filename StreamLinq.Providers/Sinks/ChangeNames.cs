// The words for the kinds of change in text: console, JSON and CSV use the same three.
namespace StreamLinq.Sinks;

internal static class ChangeNames
{
    internal static string Of(ChangeKind kind) => kind switch
    {
        ChangeKind.Insert => "insert",
        ChangeKind.Delete => "delete",
        _ => "upsert",
    };
}
