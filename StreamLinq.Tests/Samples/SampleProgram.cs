// Builds a sample of docs/samples once per test run, the way a reader's `dotnet run` would, and knows the program that came out.
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Reflection;
using StreamLinq.Tests.Language;

namespace StreamLinq.Tests.Samples;

internal static class SampleProgram
{
    private static readonly ConcurrentDictionary<string, Task<string>> Built = new();
    private static readonly SemaphoreSlim OneBuildAtATime = new(1, 1);

    internal static string Dotnet => Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";

    /// <summary>The path of the built program.</summary>
    internal static Task<string> BuildAsync(string sample) => Built.GetOrAdd(sample, BuildOnceAsync);

    private static async Task<string> BuildOnceAsync(string sample)
    {
        await OneBuildAtATime.WaitAsync();
        try
        {
            // The configuration of the tests, so that the libraries are built already. No server stays behind that would hold the pipes open.
            var configuration = typeof(SampleProgram).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration;
            var start = new ProcessStartInfo(Dotnet, ["build", Path.Combine(Repository.Root, "docs", "samples", sample), "-c", configuration, "-t:Build", "-getProperty:TargetPath", "-p:UseSharedCompilation=false"])
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                Environment = { ["MSBUILDDISABLENODEREUSE"] = "1" },
            };
            using var build = Process.Start(start)!;
            using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(5));
            try
            {
                var output = build.StandardOutput.ReadToEndAsync(limit.Token);
                var error = build.StandardError.ReadToEndAsync(limit.Token);
                await build.WaitForExitAsync(limit.Token);
                return build.ExitCode == 0 ? (await output).Trim() : throw new InvalidOperationException($"{sample} does not build:\n{await output}\n{await error}");
            }
            finally
            {
                if (!build.HasExited) build.Kill(entireProcessTree: true);
            }
        }
        finally
        {
            OneBuildAtATime.Release();
        }
    }
}
