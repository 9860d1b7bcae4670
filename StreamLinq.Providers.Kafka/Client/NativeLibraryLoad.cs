// Finds librdkafka before its first use: the one that came with the packages, else one that the machine has installed; and refuses one that is too old, which would crash later.
using System.Reflection;
using System.Runtime.InteropServices;
using Confluent.Kafka;

namespace StreamLinq.Kafka;

internal static class NativeLibraryLoad
{
    private const string Name = "librdkafka";

    // An export of librdkafka 2.1; older ones have another layout of what the client reads.
    private const string NewEnough = "rd_kafka_message_leader_epoch";

    private static readonly Lazy<Exception?> Failure = new(Load);

    /// <summary>Loads the library once per process.</summary>
    /// <exception cref="StreamLinqException">SLQ4001: there is none, or it is too old.</exception>
    internal static void Ensure()
    {
        if (Failure.Value is { } failure) throw KafkaErrors.NoLibrary(failure);
    }

    private static Exception? Load()
    {
        try
        {
            NativeLibrary.SetDllImportResolver(typeof(Library).Assembly, Resolve);
        }
        catch (InvalidOperationException)
        {
            // The program has a resolver of its own for this client: it knows better.
        }

        try
        {
            _ = Library.Version;
            return null;
        }
        catch (Exception error) when (error is DllNotFoundException or EntryPointNotFoundException or TypeInitializationException or InvalidOperationException or FileNotFoundException)
        {
            return error;
        }
    }

    // Zero lets the runtime go on with its own search, which finds nothing more.
    private static nint Resolve(string library, Assembly assembly, DllImportSearchPath? path)
    {
        if (library != Name) return 0;
        string[] candidates = OperatingSystem.IsWindows() ? [Name] : OperatingSystem.IsMacOS() ? [Name, "librdkafka.1.dylib"] : [Name, "librdkafka.so.1"];
        foreach (var candidate in candidates)
        {
            if (!NativeLibrary.TryLoad(candidate, assembly, path, out var handle)) continue;
            if (NativeLibrary.TryGetExport(handle, NewEnough, out _)) return handle;
            NativeLibrary.Free(handle);
        }

        return 0;
    }
}
