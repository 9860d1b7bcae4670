// An operator that several workers can share: each of them runs a copy, which sees the rows of some keys and no others. What the copies send is put in order by its stamps.
namespace StreamLinq.Embedded;

internal interface ILaneOperator : IStateful
{
    /// <summary>The order among the rows of all copies; null: there is one.</summary>
    LaneOrder? Order { get; }

    /// <summary>The least number that no kept row has, where rows are kept by when they came.</summary>
    long NextArrival => 0;

    /// <summary>Called on one of the copies before all of them are flushed.</summary>
    void BeforeFlush(IReadOnlyList<ILaneOperator> lanes)
    {
    }
}
