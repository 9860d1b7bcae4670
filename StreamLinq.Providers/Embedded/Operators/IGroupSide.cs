// What a group-by keeps beside its groups: a table of its own for an aggregate whose state would be too large to be written with each change of its group.
namespace StreamLinq.Embedded;

internal interface IGroupSide : IStateTable
{
    /// <summary>What the compiled loops call.</summary>
    object Content { get; }

    /// <summary>About how much memory it takes.</summary>
    long SideBytes { get; }

    void EndEpoch();
}
