// Where files come from: two calls, so that an object store can take the place of the disk.
namespace StreamLinq;

/// <summary>A file that can be read.</summary>
/// <param name="Path">What <see cref="IFileStore.OpenAsync"/> opens; shown in errors and in <see cref="TextLine.Origin"/>.</param>
/// <param name="Name">Its name within its folder, unique there.</param>
/// <param name="Length">Its length in bytes.</param>
/// <param name="LastWrite">When it was last written.</param>
public readonly record struct StoredFile(string Path, string Name, long Length, DateTimeOffset LastWrite);

/// <summary>What a path names.</summary>
/// <param name="IsFolder">Whether it is a folder.</param>
/// <param name="Files">The files in it, in any order, without those of folders in it; for a file, itself alone.</param>
public sealed record FileListing(bool IsFolder, IReadOnlyList<StoredFile> Files);

/// <summary>Lists and opens files for the text, JSON lines and CSV sources. Must be thread-safe. The default is the file system.</summary>
public interface IFileStore
{
    /// <summary>What is at a path; null if there is nothing.</summary>
    ValueTask<FileListing?> FindAsync(string path, CancellationToken cancellationToken);

    /// <summary>Opens a file for reading from a byte offset on. The caller disposes the stream.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    ValueTask<Stream> OpenAsync(string path, long offset, CancellationToken cancellationToken);
}

/// <summary>The file system. Other processes may write to, rename and remove files while they are read.</summary>
internal sealed class LocalFileStore : IFileStore
{
    internal static readonly LocalFileStore Instance = new();

    public ValueTask<FileListing?> FindAsync(string path, CancellationToken cancellationToken)
    {
        var folder = new DirectoryInfo(path);
        if (folder.Exists)
        {
            var files = new List<StoredFile>();
            foreach (var file in folder.EnumerateFiles())
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (Describe(file) is { } found) files.Add(found);
            }

            return new(new FileListing(IsFolder: true, files));
        }

        return new(Describe(new FileInfo(path)) is { } single ? new FileListing(IsFolder: false, [single]) : null);
    }

    public ValueTask<Stream> OpenAsync(string path, long offset, CancellationToken cancellationToken)
    {
        try
        {
            var stream = new FileStream(path, new FileStreamOptions { Access = FileAccess.Read, Share = FileShare.ReadWrite | FileShare.Delete, BufferSize = 0, Options = FileOptions.SequentialScan });
            stream.Position = offset;
            return new(stream);
        }
        catch (DirectoryNotFoundException e)
        {
            throw new FileNotFoundException(e.Message, path, e);
        }
    }

    private static StoredFile? Describe(FileInfo file)
    {
        try
        {
            return file.Exists ? new StoredFile(file.FullName, file.Name, file.Length, new DateTimeOffset(file.LastWriteTimeUtc)) : null;
        }
        catch (FileNotFoundException)
        {
            return null; // Removed between the listing and the look at it.
        }
    }
}
