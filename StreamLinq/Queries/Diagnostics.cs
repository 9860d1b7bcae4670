// Where the codes are explained. The constant stands here because the refused operators, which the compiler links from, are the lowest layer that needs it.
namespace StreamLinq;

internal static class Diagnostics
{
    /// <summary>The page. The compiler, and <see cref="Link"/>, put the code as it is written, in upper case, in place of {0}; the anchors of docs/errors.md are written so.</summary>
    internal const string Url = "https://github.com/streamlinq/streamlinq/blob/main/docs/errors.md#{0}";

    internal static string Link(string code) => Url.Replace("{0}", code, StringComparison.Ordinal);
}
