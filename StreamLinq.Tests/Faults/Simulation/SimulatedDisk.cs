// The disk as one simulated process sees it. What the process has not flushed when it dies is up to the storage below.
using StreamLinq.Embedded;

namespace StreamLinq.Tests.Faults;

/// <summary>A storage whose every call may fail, take time, or be the last one.</summary>
/// <param name="inner">What outlives the process.</param>
/// <param name="life">What happens.</param>
/// <param name="slowness">Work waits this long of virtual time before it begins, so that the engine goes on meanwhile; null: it runs at once, and a run is a function of its seed.</param>
/// <param name="clock">The virtual time.</param>
internal sealed class SimulatedDisk(IStorage inner, Misfortunes life, TimeSpan? slowness, VirtualTimeProvider clock) : IStorage
{
    private volatile int _waiting;

    public string Location => inner.Location;

    public bool HasDisk => false;

    /// <summary>The writes so far: which call, to what, how many bytes.</summary>
    internal List<(int Call, string Name, int Bytes)> Writes { get; } = [];

    /// <summary>Whether somebody waits for the disk.</summary>
    internal bool IsWaitedFor => _waiting > 0;

    public IStorageFile? Open(string name, bool create)
    {
        IStorageFile? file = null;
        life.Call(Place.Disk, () => file = inner.Open(name, create));
        return file is null ? null : new OpenFile(file, name, this, life);
    }

    public IReadOnlyList<string> List(string folder) => inner.List(folder);

    public void Rename(string from, string to) => life.Call(Place.Disk, () => inner.Rename(from, to));

    public void Delete(string name) => life.Call(Place.Disk, () => inner.Delete(name));

    public void DeleteFolder(string folder) => life.Call(Place.Disk, () => inner.DeleteFolder(folder));

    public void FlushFolder(string folder) => life.Call(Place.Disk, () => inner.FlushFolder(folder));

    // The system takes the lock of a dead process away.
    public IDisposable Lock() => inner.Lock();

    public async ValueTask RunAsync(Action work, CancellationToken cancellationToken)
    {
        if (slowness is { } wait)
        {
            Interlocked.Increment(ref _waiting);
            try
            {
                await Task.Delay(wait, clock, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                Interlocked.Decrement(ref _waiting);
            }
        }

        await inner.RunAsync(work, cancellationToken).ConfigureAwait(false);
    }

    private void FailFlush(string name) => (inner as MemoryStorage)?.FailFlush(name);

    private sealed class OpenFile(IStorageFile inner, string name, SimulatedDisk disk, Misfortunes life) : IStorageFile
    {
        public long Length => inner.Length;

        public int Read(long position, Span<byte> buffer)
        {
            life.Call(Place.Disk, () => { });
            return inner.Read(position, buffer);
        }

        public void Write(long position, ReadOnlySpan<byte> bytes)
        {
            var copy = bytes.ToArray();
            lock (disk.Writes) disk.Writes.Add((life.Calls(Place.Disk) + 1, name, copy.Length));
            life.Call(Place.Disk, () => inner.Write(position, copy), share => inner.Write(position, copy.AsSpan(0, (int)(share * copy.Length))));
        }

        public void Flush()
        {
            try
            {
                life.Call(Place.Disk, inner.Flush);
            }
            catch (Exception) when (!life.IsDead)
            {
                disk.FailFlush(name);
                throw;
            }
        }

        public void Truncate(long length) => life.Call(Place.Disk, () => inner.Truncate(length));

        public void Dispose() => inner.Dispose();
    }
}
