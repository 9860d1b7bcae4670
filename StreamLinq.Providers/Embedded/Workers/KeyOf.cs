// Where the key is in the rows of an exchange: structs, so that the loop over the rows has it without a call.
namespace StreamLinq.Embedded;

internal interface IKeyOf<TRow, TKey>
{
    TKey Of(ref TRow row);
}

/// <summary>Rows of a group-by, and of Distinct.</summary>
internal readonly struct FirstOfTwo<TKey, TRest> : IKeyOf<(TKey Key, TRest Others), TKey>
{
    public TKey Of(ref (TKey Key, TRest Others) row) => row.Key;
}

/// <summary>Rows of a Distinct within a time.</summary>
internal readonly struct FirstOfThree<TKey, T2, T3> : IKeyOf<(TKey Key, T2 Second, T3 Third), TKey>
{
    public TKey Of(ref (TKey Key, T2 Second, T3 Third) row) => row.Key;
}

/// <summary>Rows of a Process.</summary>
internal readonly struct FirstOfFour<TKey, T2, T3, T4> : IKeyOf<(TKey Key, T2 Second, T3 Third, T4 Fourth), TKey>
{
    public TKey Of(ref (TKey Key, T2 Second, T3 Third, T4 Fourth) row) => row.Key;
}

/// <summary>Rows of a join.</summary>
internal readonly struct KeyOfJoinInput<TKey, TRow> : IKeyOf<JoinInput<TKey, TRow>, TKey>
{
    public TKey Of(ref JoinInput<TKey, TRow> row) => row.Key;
}
