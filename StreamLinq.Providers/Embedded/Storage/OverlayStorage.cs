// A storage that is read and never changed: what is written over it stays in memory. So all that opens and recovers a checkpoint can be used to look at one.
namespace StreamLinq.Embedded;

/// <summary>Reads another storage, keeps changes to itself. Thread-safe.</summary>
/// <param name="inner">What is read.</param>
/// <param name="takesLock">Whether to take the lock of the other storage; false where the caller holds it.</param>
internal sealed class OverlayStorage(IStorage inner, bool takesLock) : IStorage
{
    private readonly Lock _sync = new();
    private readonly Dictionary<string, MemoryFile?> _changed = new(StringComparer.Ordinal);

    public bool HasDisk => inner.HasDisk;

    public string Location => inner.Location;

    public IStorageFile? Open(string name, bool create)
    {
        lock (_sync)
        {
            if (_changed.TryGetValue(name, out var known) && (known is not null || !create)) return known;
            if (!_changed.ContainsKey(name) && inner.Open(name, create: false) is { } file) return new ReadFile(this, name, file);
            return create ? _changed[name] = new MemoryFile([]) : null;
        }
    }

    public IReadOnlyList<string> List(string folder)
    {
        lock (_sync)
        {
            var names = inner.List(folder).Where(n => !_changed.ContainsKey(n)).Concat(_changed.Where(c => c.Value is not null && (folder.Length == 0 || c.Key.StartsWith(folder + "/", StringComparison.Ordinal))).Select(c => c.Key));
            return [.. names.Order(StringComparer.Ordinal)];
        }
    }

    public void Rename(string from, string to)
    {
        lock (_sync)
        {
            _changed[to] = Changed(from);
            _changed[from] = null;
        }
    }

    public void Delete(string name)
    {
        lock (_sync) _changed[name] = null;
    }

    public void DeleteFolder(string folder)
    {
        foreach (var name in List(folder)) Delete(name);
    }

    public void FlushFolder(string folder)
    {
        // Nothing is to last.
    }

    public IDisposable Lock() => takesLock ? inner.Lock() : new MemoryFile([]);

    public ValueTask RunAsync(Action work, CancellationToken cancellationToken) => inner.RunAsync(work, cancellationToken);

    // A file becomes one in memory with the first change to it.
    private MemoryFile Changed(string name)
    {
        lock (_sync)
        {
            if (_changed.TryGetValue(name, out var known)) return known ?? new MemoryFile([]);
            using var file = inner.Open(name, create: false)!;
            var bytes = new byte[checked((int)file.Length)];
            _ = file.Read(0, bytes);
            var copy = new MemoryFile(bytes);
            _changed[name] = copy;
            return copy;
        }
    }

    private sealed class ReadFile(OverlayStorage storage, string name, IStorageFile file) : IStorageFile
    {
        private MemoryFile? _copy;

        private IStorageFile File => _copy ?? file;

        public long Length => File.Length;

        public int Read(long position, Span<byte> buffer) => File.Read(position, buffer);

        public void Write(long position, ReadOnlySpan<byte> bytes) => (_copy ??= storage.Changed(name)).Write(position, bytes);

        public void Flush()
        {
            // Nothing is to last.
        }

        public void Truncate(long length) => (_copy ??= storage.Changed(name)).Truncate(length);

        public void Dispose() => file.Dispose();
    }

    private sealed class MemoryFile(byte[] bytes) : IStorageFile
    {
        private readonly Lock _sync = new();
        private byte[] _bytes = bytes;
        private int _length = bytes.Length;

        public long Length
        {
            get
            {
                lock (_sync) return _length;
            }
        }

        public int Read(long position, Span<byte> buffer)
        {
            lock (_sync)
            {
                if (position >= _length) return 0;
                var count = (int)Math.Min(buffer.Length, _length - position);
                _bytes.AsSpan((int)position, count).CopyTo(buffer);
                return count;
            }
        }

        public void Write(long position, ReadOnlySpan<byte> bytes)
        {
            lock (_sync)
            {
                Resize(Math.Max(_length, checked((int)position + bytes.Length)));
                bytes.CopyTo(_bytes.AsSpan((int)position));
            }
        }

        public void Truncate(long length)
        {
            lock (_sync) Resize(checked((int)length));
        }

        private void Resize(int length)
        {
            if (length > _bytes.Length) Array.Resize(ref _bytes, (int)Math.Max(length, Math.Min(2L * _bytes.Length, Array.MaxLength)));
            if (length < _length) _bytes.AsSpan(length, _length - length).Clear();
            _length = length;
        }

        public void Flush()
        {
            // Nothing is to last.
        }

        public void Dispose()
        {
            // It stays as long as the storage does.
        }
    }
}
