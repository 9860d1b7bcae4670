// Files in a real folder. Writes become durable by fsync, names by fsync of their folder (Linux and macOS; Windows journals names itself).
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace StreamLinq.Embedded;

/// <summary>The real storage; the folder is made when it is absent.</summary>
internal sealed partial class FileStorage : IStorage
{
    internal const string LockName = "lock";

    // How the system says that somebody else holds the file; every other failure is one of the disk.
    private const int SharedOnWindows = unchecked((int)0x80070020), LockedOnLinux = 11, LockedOnMac = 35;
    private readonly string _root;

    internal FileStorage(string folder)
    {
        _root = Path.GetFullPath(folder);
        EnsureFolder(_root);
    }

    /// <summary>A folder that is there. Throws SLQ2048 if it is not.</summary>
    internal static FileStorage Existing(string folder) =>
        Directory.Exists(folder) ? new FileStorage(folder) : throw CheckpointErrors.NotASavepoint(Path.GetFullPath(folder), "there is no such folder.");

    public string Location => _root;

    public bool HasDisk => true;

    public IStorageFile? Open(string name, bool create)
    {
        var path = PathOf(name);
        if (create)
            EnsureFolder(Path.GetDirectoryName(path)!);
        else if (!File.Exists(path))
            return null;
        return new OpenFile(File.OpenHandle(path, create ? FileMode.OpenOrCreate : FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete));
    }

    public IReadOnlyList<string> List(string folder)
    {
        var path = folder.Length == 0 ? _root : PathOf(folder);
        if (!Directory.Exists(path))
            return [];
        var names = Directory.GetFiles(path, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(_root, f).Replace(Path.DirectorySeparatorChar, '/')).ToList();
        names.Sort(StringComparer.Ordinal);
        return names;
    }

    public void Rename(string from, string to) => File.Move(PathOf(from), PathOf(to), overwrite: true);

    public void Delete(string name)
    {
        if (File.Exists(PathOf(name)))
            File.Delete(PathOf(name));
    }

    public void DeleteFolder(string folder)
    {
        if (Directory.Exists(PathOf(folder)))
            Directory.Delete(PathOf(folder), recursive: true);
    }

    public void FlushFolder(string folder)
    {
        var path = folder.Length == 0 ? _root : PathOf(folder);
        if (Directory.Exists(path))
            FlushPath(path);
    }

    public IDisposable Lock()
    {
        try
        {
            return new FileStream(PathOf(LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (e.HResult is SharedOnWindows or LockedOnLinux or LockedOnMac)
        {
            throw CheckpointErrors.InUse(_root, e);
        }
    }

    public ValueTask RunAsync(Action work, CancellationToken cancellationToken) => new(Task.Run(work, cancellationToken));

    private string PathOf(string name) => Path.Combine(_root, name);

    private static void EnsureFolder(string path)
    {
        if (Directory.Exists(path))
            return;
        var parent = Path.GetDirectoryName(path);
        if (parent is not null)
            EnsureFolder(parent);
        Directory.CreateDirectory(path);
        if (parent is not null)
            FlushPath(parent);
    }

    // .NET refuses to open a folder, so this asks the system itself.
    private static void FlushPath(string path)
    {
        if (OperatingSystem.IsWindows())
            return;
        var descriptor = OpenFolder(path, 0);
        if (descriptor < 0)
            throw new IOException($"The folder '{path}' cannot be opened to make its names durable (error {Marshal.GetLastPInvokeError()}).");
        // Some file systems (network mounts) refuse to flush a folder with EINVAL; they give no more than they have.
        const int invalid = 22;
        var error = Synchronize(descriptor) == 0 ? 0 : Marshal.GetLastPInvokeError();
        _ = CloseFolder(descriptor);
        if (error is not (0 or invalid))
            throw new IOException($"The names in the folder '{path}' could not be made durable (error {error}).");
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int OpenFolder(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Synchronize(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int CloseFolder(int descriptor);

    private sealed class OpenFile(SafeFileHandle handle) : IStorageFile
    {
        public long Length => RandomAccess.GetLength(handle);

        public int Read(long position, Span<byte> buffer)
        {
            var total = 0;
            while (total < buffer.Length)
            {
                var read = RandomAccess.Read(handle, buffer[total..], position + total);
                if (read == 0)
                    break;
                total += read;
            }

            return total;
        }

        public void Write(long position, ReadOnlySpan<byte> bytes) => RandomAccess.Write(handle, bytes, position);

        public void Flush() => RandomAccess.FlushToDisk(handle);

        public void Truncate(long length) => RandomAccess.SetLength(handle, length);

        public void Dispose() => handle.Dispose();
    }
}
