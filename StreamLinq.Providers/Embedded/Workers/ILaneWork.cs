// Something that a lane is to do.
namespace StreamLinq.Embedded;

internal interface ILaneWork
{
    /// <summary>When the row came that it is at; where it failed, if it throws.</summary>
    long At { get; }

    void Run();
}
