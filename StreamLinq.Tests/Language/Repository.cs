// Where the repository and what lies beside it are, seen from the test assembly.
using NUnit.Framework;

namespace StreamLinq.Tests.Language;

internal static class Repository
{
    /// <summary>The folder of StreamLinq.sln.</summary>
    internal static string Root
    {
        get
        {
            for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
                if (File.Exists(Path.Combine(folder, "StreamLinq.sln"))) return folder;
            throw new DirectoryNotFoundException("The tests do not run from inside the repository.");
        }
    }

    /// <summary>A folder of ../shared; the test is ignored where it is absent.</summary>
    internal static string Shared(params string[] parts)
    {
        var folder = Path.Combine([Path.GetDirectoryName(Root)!, "shared", .. parts]);
        if (!Directory.Exists(folder)) Assert.Ignore("shared folder is absent");
        return folder;
    }
}
