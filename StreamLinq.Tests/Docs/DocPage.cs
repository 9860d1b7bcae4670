// A page of the documentation, cut into its fenced blocks. The word after "csharp" says what is asked of a block:
// nothing: it compiles; run: it compiles, runs, and prints the text block that follows; setup: it stands before all later blocks of the page; lines: each line is an example of its own.
using NUnit.Framework;
using StreamLinq.Tests.Language;

namespace StreamLinq.Tests.Docs;

internal sealed record DocBlock(string Page, int Line, string Language, string Purpose, string Text)
{
    internal string Place => $"{Page}:{Line}";

    public override string ToString() => Place;
}

internal sealed record DocPage(string Name, string Text, IReadOnlyList<DocBlock> Blocks)
{
    /// <summary>README.md and every page of docs/ and the folders in it.</summary>
    internal static IReadOnlyList<DocPage> All { get; } =
    [
        .. Directory.EnumerateFiles(Path.Combine(Repository.Root, "docs"), "*.md", SearchOption.AllDirectories)
            .Where(file => !Path.GetRelativePath(Repository.Root, file).Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj"))
            .Order(StringComparer.Ordinal)
            .Prepend(Path.Combine(Repository.Root, "README.md"))
            .Select(file => Read(Path.GetRelativePath(Repository.Root, file).Replace('\\', '/'), File.ReadAllText(file))),
    ];

    /// <summary>The setup blocks of the page that stand before a block.</summary>
    internal IEnumerable<DocBlock> SetupOf(DocBlock block) => Blocks.Where(b => b.Purpose == "setup" && b.Line < block.Line);

    /// <summary>What a block must print: the text block directly after it.</summary>
    internal DocBlock OutputOf(DocBlock block) => Blocks.FirstOrDefault(b => b.Line > block.Line) is { Language: "text" } output ? output
        : throw new AssertionException($"{block.Place} is to be run, and no text block with its output follows.");

    internal static DocPage Read(string name, string text)
    {
        var blocks = new List<DocBlock>();
        var lines = text.Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            if (!lines[i].StartsWith("```", StringComparison.Ordinal)) continue;
            var end = Array.FindIndex(lines, i + 1, l => l.TrimEnd() == "```");
            if (end < 0) throw new AssertionException($"{name}:{i + 1} begins a block that does not end.");
            var words = lines[i][3..].Trim().Split(' ', 2);
            blocks.Add(new DocBlock(name, i + 1, words[0], words.Length > 1 ? words[1] : "", string.Join('\n', lines[(i + 1)..end])));
            i = end;
        }

        return new DocPage(name, text, blocks);
    }
}
