// The one door to files: everything a checkpoint writes, FASTER's pages too, goes through it, so that a test can stand in for the disk and break it.
// Calls are synchronous because a disk is: who must not wait for it sends the work through RunAsync.
namespace StreamLinq.Embedded;

/// <summary>A folder of files. Names are relative, with '/' between folders; folders come into being with their first file. Thread-safe.</summary>
internal interface IStorage
{
    /// <summary>Where it is, for messages.</summary>
    string Location { get; }

    /// <summary>Whether there is a disk behind it, for which a call may wait.</summary>
    bool HasDisk { get; }

    /// <summary>Opens a file for reading and writing at any position; null if it is absent and <paramref name="create"/> is false. A created file's name is durable after <see cref="FlushFolder"/>.</summary>
    IStorageFile? Open(string name, bool create);

    /// <summary>All files below a folder ("" is the whole storage), with their full relative names, in ordinal order.</summary>
    IReadOnlyList<string> List(string folder);

    /// <summary>Renames a file, over an existing one if there is one; either the old or the new file is there at any moment.</summary>
    void Rename(string from, string to);

    /// <summary>Deletes a file; nothing happens if it is absent.</summary>
    void Delete(string name);

    /// <summary>Deletes a folder with all in it; nothing happens if it is absent.</summary>
    void DeleteFolder(string folder);

    /// <summary>Makes creations, renames and deletions in a folder durable ("" is the top); nothing happens if it is absent.</summary>
    void FlushFolder(string folder);

    /// <summary>Takes the folder for this process until disposed. Throws SLQ2040 if it is taken.</summary>
    IDisposable Lock();

    /// <summary>Runs work that waits for the disk where waiting does no harm: on the thread pool, or at once if there is no disk.</summary>
    ValueTask RunAsync(Action work, CancellationToken cancellationToken);
}

/// <summary>An open file. Positional reads and writes may run at the same time, disposal not.</summary>
internal interface IStorageFile : IDisposable
{
    /// <summary>Bytes in the file.</summary>
    long Length { get; }

    /// <summary>Reads until the buffer is full or the file ends; returns the number of bytes read.</summary>
    int Read(long position, Span<byte> buffer);

    /// <summary>Writes all bytes; they are durable after <see cref="Flush"/>.</summary>
    void Write(long position, ReadOnlySpan<byte> bytes);

    /// <summary>Makes all that was written, and the length, durable.</summary>
    void Flush();

    /// <summary>Cuts or extends the file.</summary>
    void Truncate(long length);
}
