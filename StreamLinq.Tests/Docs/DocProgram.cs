// Makes a program of a block and the setup before it, compiles it as a reader's project would, and runs it with the console caught.
using System.Runtime.Loader;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using NUnit.Framework;
using StreamLinq.Tests.Language;

namespace StreamLinq.Tests.Docs;

internal static class DocProgram
{
    /// <summary>Statements of a program must stand before its types, so the parts of the blocks are put together by kind. Line numbers are those of the page.</summary>
    internal static (string Text, bool HasStatements) Assemble(IEnumerable<DocBlock> blocks)
    {
        List<string> usings = [], statements = [], types = [];
        foreach (var block in blocks)
        {
            var unit = SyntaxFactory.ParseCompilationUnit(block.Text, options: TestCompiler.Parsing);
            usings.AddRange(unit.Usings.Select(u => u.ToString()));
            foreach (var member in unit.Members)
            {
                var line = block.Line + 1 + member.GetLocation().GetLineSpan().StartLinePosition.Line;
                (member is GlobalStatementSyntax ? statements : types).Add($"#line {line} \"{block.Page}\"\n{member.ToString()}\n");
            }
        }

        return (string.Join('\n', [.. usings.Distinct(StringComparer.Ordinal), .. statements, .. types]), statements.Count > 0);
    }

    internal static CSharpCompilation Compile(IEnumerable<DocBlock> blocks)
    {
        var (text, hasStatements) = Assemble(blocks);
        return TestCompiler.Compile([("Program.cs", text)], hasStatements ? OutputKind.ConsoleApplication : OutputKind.DynamicallyLinkedLibrary);
    }

    internal static IEnumerable<Diagnostic> Errors(CSharpCompilation compilation) => TestCompiler.Errors(compilation).SelectMany(e => e);

    /// <summary>Runs a program in a folder and gives what it wrote to the console.</summary>
    internal static async Task<string> RunAsync(CSharpCompilation compilation, string folder)
    {
        using var image = new MemoryStream();
        var emitted = compilation.Emit(image);
        Assert.That(emitted.Success, string.Join('\n', emitted.Diagnostics));
        image.Position = 0;
        var assembly = new AssemblyLoadContext("docs").LoadFromStream(image);
        var main = assembly.GetType("Program")!.GetMethod("<Main>$", System.Reflection.BindingFlags.Static | System.Reflection.BindingFlags.NonPublic)!;
        var (console, working) = (Console.Out, Environment.CurrentDirectory);
        using var output = new StringWriter { NewLine = "\n" };
        try
        {
            Console.SetOut(output);
            Environment.CurrentDirectory = folder;
            if (main.Invoke(null, [Array.Empty<string>()]) is Task task) await task;
        }
        finally
        {
            Environment.CurrentDirectory = working;
            Console.SetOut(console);
        }

        return output.ToString();
    }
}
