// Hands FASTER its checkpoint files (metadata and index) from a storage, with the names its own local factory uses.
using FASTER.core;

namespace StreamLinq.Embedded;

/// <summary>Names devices below a folder of the storage.</summary>
internal sealed class StorageDeviceFactory(IStorage storage, string root, DeviceFailure failure) : INamedDeviceFactory
{
    public void Initialize(string baseName)
    {
        // The root is fixed; FASTER's base name is a path of the local file system.
    }

    public IDevice Get(FileDescriptor fileInfo) => new StorageDevice(storage, NameOf(fileInfo), failure);

    public void Delete(FileDescriptor fileInfo)
    {
        if (string.IsNullOrEmpty(fileInfo.fileName))
            storage.DeleteFolder(NameOf(fileInfo).TrimEnd('/'));
        else
            storage.Delete(NameOf(fileInfo));
    }

    // FASTER wants what stands directly in the folder: files by name, folders as descriptors with a folder only.
    public IEnumerable<FileDescriptor> ListContents(string path)
    {
        var folder = root + "/" + path;
        foreach (var entry in storage.List(folder).Select(n => n[(folder.Length + 1)..].Split('/')).Where(p => p.Length > 1).Select(p => p[0]).Distinct(StringComparer.Ordinal))
            yield return new FileDescriptor(path + "/" + entry, "");
    }

    private string NameOf(FileDescriptor file) =>
        string.IsNullOrEmpty(file.directoryName) ? root + "/" + file.fileName : root + "/" + file.directoryName + "/" + file.fileName;
}
