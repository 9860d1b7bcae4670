// A text that a test compares with a file in the repository. What changed on purpose is accepted with STREAMLINQ_ACCEPT=1, which writes the file anew; the diff is then read in review.
using NUnit.Framework;
using StreamLinq.Tests.Language;

namespace StreamLinq.Tests.RepositoryRules;

internal static class Golden
{
    private const string Switch = "STREAMLINQ_ACCEPT";

    /// <summary>Fails where the text differs from the file, which is named from the root of the repository.</summary>
    internal static void Matches(string path, string text)
    {
        var file = Path.Combine(Repository.Root, path);
        if (Environment.GetEnvironmentVariable(Switch) == "1")
        {
            File.WriteAllText(file, text);
            return;
        }

        var accepted = File.Exists(file) ? File.ReadAllText(file).ReplaceLineEndings("\n") : "";
        if (accepted == text) return;
        var gone = accepted.Split('\n').Except(text.Split('\n')).Select(line => "- " + line);
        var come = text.Split('\n').Except(accepted.Split('\n')).Select(line => "+ " + line);
        Assert.Fail($"{path} says otherwise. If the change is meant, run the test again with {Switch}=1 and commit the file.\n{string.Join('\n', gone.Concat(come))}");
    }
}
