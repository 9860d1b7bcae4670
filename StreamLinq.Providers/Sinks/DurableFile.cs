// Writes that survive a power cut: a file is replaced by a finished one under the same name, and the folder that holds the name is flushed too.
// .NET cannot flush a folder, so this asks the C library; Windows keeps names in its journal and needs no such call.
using System.Runtime.InteropServices;

namespace StreamLinq.Sinks;

internal static partial class DurableFile
{
    // A reader sees the old content or the new, never a part. What a crash leaves behind is a file ending in ".tmp", which the next call overwrites.
    internal static async ValueTask ReplaceAsync(string path, IEnumerable<ReadOnlyMemory<byte>> content, CancellationToken cancellationToken)
    {
        var temporary = path + ".tmp";
        var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0, useAsync: true);
        await using (stream.ConfigureAwait(false))
        {
            foreach (var piece in content) await stream.WriteAsync(piece, cancellationToken).ConfigureAwait(false);
            stream.Flush(flushToDisk: true);
        }
        File.Move(temporary, path, overwrite: true);
        FlushDirectory(Path.GetDirectoryName(path)!);
    }

    internal static void FlushDirectory(string path)
    {
        if (OperatingSystem.IsWindows()) return;
        var handle = Open(path, 0);
        if (handle < 0) throw new IOException($"The folder {path} cannot be opened to flush it (error {Marshal.GetLastPInvokeError()}).");
        // Some file systems (network mounts) refuse to flush a folder with EINVAL; they give no more than they have.
        const int invalid = 22;
        var error = Flush(handle) == 0 ? 0 : Marshal.GetLastPInvokeError();
        _ = Close(handle);
        if (error is not (0 or invalid)) throw new IOException($"The folder {path} cannot be flushed to disk (error {error}).");
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Flush(int handle);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Close(int handle);
}
