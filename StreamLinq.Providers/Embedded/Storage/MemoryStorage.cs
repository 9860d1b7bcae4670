// A storage in memory for tests: completes inline, fails when told to, and knows what a power cut would leave of it.
// Every write and name change is pending until it is flushed; Crash lets a seeded random part of the pending ones through, one of them torn.
// Writes whose flush failed still read as written, and no later flush makes them durable: so it is on Linux, which takes their pages for clean.
namespace StreamLinq.Embedded;

/// <summary>The storage of tests. Thread-safe.</summary>
internal sealed class MemoryStorage : IStorage
{
    private readonly Lock _sync = new();
    private readonly SortedDictionary<string, Content> _names = new(StringComparer.Ordinal);
    private readonly List<NameChange> _pendingNames = [];
    private SortedDictionary<string, Content> _durableNames = new(StringComparer.Ordinal);
    private bool _locked;

    public string Location => "memory";

    public bool HasDisk => false;

    /// <summary>How many changes (writes, flushes, renames, deletions) there have been.</summary>
    internal long Changes { get; private set; }

    /// <summary>The change at which the disk goes away: this one and all after it throw <see cref="IOException"/>. Null: never.</summary>
    internal long? FailAt { get; set; }

    public IStorageFile? Open(string name, bool create)
    {
        lock (_sync)
        {
            if (!_names.TryGetValue(name, out var content))
            {
                if (!create)
                    return null;
                Change();
                content = new Content();
                _names[name] = content;
                _pendingNames.Add(new NameChange(name, content));
            }

            return new OpenFile(this, content);
        }
    }

    public IReadOnlyList<string> List(string folder)
    {
        lock (_sync)
            return _names.Keys.Where(n => folder.Length == 0 || n.StartsWith(folder + "/", StringComparison.Ordinal)).ToList();
    }

    public void Rename(string from, string to)
    {
        lock (_sync)
        {
            Change();
            var content = _names[from];
            _names.Remove(from);
            _names[to] = content;
            _pendingNames.Add(new NameChange(to, content, from));
        }
    }

    public void Delete(string name)
    {
        lock (_sync)
        {
            Change();
            if (_names.Remove(name))
                _pendingNames.Add(new NameChange(name, null));
        }
    }

    public void DeleteFolder(string folder)
    {
        foreach (var name in List(folder))
            Delete(name);
    }

    public void FlushFolder(string folder)
    {
        lock (_sync)
        {
            Change();
            for (var i = 0; i < _pendingNames.Count; i++)
            {
                var change = _pendingNames[i];
                if (FolderOf(change.Name) != folder)
                    continue;
                change.ApplyTo(_durableNames);
                _pendingNames.RemoveAt(i--);
            }
        }
    }

    public IDisposable Lock()
    {
        lock (_sync)
        {
            if (_locked)
                throw CheckpointErrors.InUse(Location, null);
            _locked = true;
        }

        return new Release(this);
    }

    public ValueTask RunAsync(Action work, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        work();
        return ValueTask.CompletedTask;
    }

    /// <summary>What a power cut leaves: all that was flushed, and of the rest what the seed lets through.</summary>
    internal MemoryStorage Crash(int seed)
    {
        var random = new Random(seed);
        var result = new MemoryStorage();
        lock (_sync)
        {
            var names = new SortedDictionary<string, Content>(_durableNames, StringComparer.Ordinal);
            var kept = random.Next(_pendingNames.Count + 1);
            for (var i = 0; i < kept; i++)
                _pendingNames[i].ApplyTo(names);
            foreach (var (name, content) in names)
                result._names[name] = content.AfterCrash(random);
            result._durableNames = new SortedDictionary<string, Content>(result._names, StringComparer.Ordinal);
        }

        return result;
    }

    /// <summary>What a flush that fails does: what was written so far is not flushed again.</summary>
    internal void FailFlush(string name)
    {
        lock (_sync)
        {
            if (_names.TryGetValue(name, out var content))
                content.FailFlush();
        }
    }

    /// <summary>Changes bytes behind everybody's back, as a bad disk does.</summary>
    internal void Corrupt(string name, long position)
    {
        lock (_sync)
            _names[name].Flip(position);
    }

    private static string FolderOf(string name) => name.LastIndexOf('/') is var slash and >= 0 ? name[..slash] : "";

    private void Change()
    {
        Changes++;
        if (Changes >= FailAt)
            throw new IOException($"The disk went away at change {FailAt}.");
    }

    private sealed record NameChange(string Name, Content? Content, string? From = null)
    {
        internal void ApplyTo(SortedDictionary<string, Content> names)
        {
            if (From is not null)
                names.Remove(From);
            if (Content is null)
                names.Remove(Name);
            else
                names[Name] = Content;
        }
    }

    private sealed class Release(MemoryStorage storage) : IDisposable
    {
        public void Dispose()
        {
            lock (storage._sync)
                storage._locked = false;
        }
    }

    // The bytes as they read now, and the writes since the last flush over the bytes as they are on the disk.
    private sealed class Content
    {
        private readonly List<(long Position, byte[]? Bytes)> _pending = [];
        private int _givenUp;
        private byte[] _durable = [];
        private byte[] _bytes = [];

        internal int Length { get; private set; }

        internal int Read(long position, Span<byte> buffer)
        {
            if (position >= Length)
                return 0;
            var count = (int)Math.Min(buffer.Length, Length - position);
            _bytes.AsSpan((int)position, count).CopyTo(buffer);
            return count;
        }

        internal void Write(long position, ReadOnlySpan<byte> bytes)
        {
            Resize(Math.Max(Length, checked((int)position + bytes.Length)));
            bytes.CopyTo(_bytes.AsSpan((int)position));
            _pending.Add((position, bytes.ToArray()));
        }

        internal void Resize(int length)
        {
            if (length > _bytes.Length)
                Array.Resize(ref _bytes, Math.Max(length, _bytes.Length * 2));
            if (length < Length)
                _bytes.AsSpan(length, Length - length).Clear();
            Length = length;
        }

        internal void Truncate(long length)
        {
            Resize((int)length);
            _pending.Add((length, null));
        }

        internal void Flush()
        {
            for (var i = 0; i < _pending.Count; i++)
            {
                var (position, bytes) = _pending[i];
                if (bytes is null || i >= _givenUp)
                    Apply(ref _durable, position, bytes, bytes?.Length ?? 0);
            }

            _pending.Clear();
            _givenUp = 0;
        }

        internal void FailFlush() => _givenUp = _pending.Count;

        internal void Flip(long position)
        {
            _bytes[position] ^= 0x40;
            _durable[position] ^= 0x40;
        }

        internal Content AfterCrash(Random random)
        {
            var durable = _durable.ToArray();
            foreach (var (position, bytes) in _pending)
            {
                var fate = random.Next(3);
                if (fate != 0)
                    Apply(ref durable, position, bytes, bytes is null ? 0 : fate == 1 ? bytes.Length : random.Next(bytes.Length + 1));
            }

            return new Content { _durable = durable, _bytes = durable.ToArray(), Length = durable.Length };
        }

        private static void Apply(ref byte[] target, long position, byte[]? bytes, int count)
        {
            if (bytes is null)
            {
                Array.Resize(ref target, (int)position);
                return;
            }

            if (position + count > target.Length)
                Array.Resize(ref target, (int)position + count);
            bytes.AsSpan(0, count).CopyTo(target.AsSpan((int)position));
        }
    }

    private sealed class OpenFile(MemoryStorage storage, Content content) : IStorageFile
    {
        public long Length
        {
            get
            {
                lock (storage._sync)
                    return content.Length;
            }
        }

        public int Read(long position, Span<byte> buffer)
        {
            lock (storage._sync)
                return content.Read(position, buffer);
        }

        public void Write(long position, ReadOnlySpan<byte> bytes)
        {
            lock (storage._sync)
            {
                storage.Change();
                content.Write(position, bytes);
            }
        }

        public void Flush()
        {
            lock (storage._sync)
            {
                try
                {
                    storage.Change();
                }
                catch (IOException)
                {
                    content.FailFlush();
                    throw;
                }

                content.Flush();
            }
        }

        public void Truncate(long length)
        {
            lock (storage._sync)
            {
                storage.Change();
                content.Truncate(length);
            }
        }

        public void Dispose()
        {
        }
    }
}
