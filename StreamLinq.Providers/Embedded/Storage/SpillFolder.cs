// A run's folder for state that does not fit into memory and that nobody needs after it: below the temporary path, deleted when the query stops; what a killed process has left, the next one that needs room deletes.
namespace StreamLinq.Embedded;

/// <summary>The folder, held until disposed and gone then.</summary>
internal sealed class SpillFolder : IDisposable
{
    /// <summary>How its name begins; the number of the process and one of its own follow.</summary>
    internal const string Prefix = "streamlinq-spill-";

    private readonly IDisposable _lock;

    private SpillFolder(FileStorage storage)
    {
        Storage = storage;
        _lock = storage.Lock();
    }

    internal FileStorage Storage { get; }

    /// <summary>Makes a new one below a folder.</summary>
    internal static SpillFolder Create(string root)
    {
        foreach (var folder in Directory.EnumerateDirectories(root, Prefix + "*"))
        {
            try
            {
                new SpillFolder(new FileStorage(folder)).Dispose();
            }
            catch (Exception error) when (error is StreamLinqException or IOException or UnauthorizedAccessException)
            {
                // Another process holds it, or deletes it just now.
            }
        }

        return new SpillFolder(new FileStorage(Path.Combine(root, $"{Prefix}{Environment.ProcessId}-{Guid.NewGuid():N}")));
    }

    public void Dispose()
    {
        _lock.Dispose();
        Directory.Delete(Storage.Location, recursive: true);
    }
}
