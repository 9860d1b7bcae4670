// Keyed state that leaves memory in whole parts and is read back in whole: what the run asks of it when memory is short.
namespace StreamLinq.Embedded;

/// <summary>State in parts. Its files belong to the run and not to the checkpoint.</summary>
internal interface ISpilledTable : IStateTable
{
    /// <summary>About how much memory it takes.</summary>
    long MemoryBytes { get; }

    /// <summary>Whether parts may leave memory.</summary>
    bool CanSpill { get; }

    /// <summary>Says where parts go, before anything is restored.</summary>
    void UseSpill(Func<IStorage> storage);

    /// <summary>Between epochs: lets parts leave, the largest first, until it takes so many bytes at most.</summary>
    void Spill(long bytes);
}
