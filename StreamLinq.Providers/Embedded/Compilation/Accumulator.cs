// What an aggregate keeps per group and how a row changes it, as expressions that the stage's loop inlines. One kind of accumulator per file.
using System.Linq.Expressions;

namespace StreamLinq.Embedded;

/// <summary>The compiled form of one aggregate.</summary>
internal abstract class Accumulator
{
    /// <summary>The fields it keeps in a group's slot; all start at their default.</summary>
    internal abstract IReadOnlyList<Type> Fields { get; }

    /// <summary>What a row does to the fields. The argument is a value computed before; the weight is null where rows only come.</summary>
    internal abstract Expression Update(AccumulatorScope scope, Expression? argument, Expression? weight);

    /// <summary>What joining two parts of one group does: the fields of the other part, whose rows may come from other stretches of time, go into these.</summary>
    /// <param name="into">The fields of the part that stays; its rows are the earlier ones.</param>
    /// <param name="from">The fields of the other part: read, never changed, and none of its objects that can change becomes part of the first.</param>
    internal abstract Expression Merge(Func<int, Expression> into, Func<int, Expression> from);

    /// <summary>Whether it is the same, to the last bit, where its rows are cut into parts by arrival and merged.</summary>
    internal virtual bool MergesExactly => true;

    /// <summary>The same where the parts are not cut by arrival but anyhow.</summary>
    internal virtual bool MergesInAnyOrder => false;

    /// <summary>Whether its compiled form holds objects that serve one thread at a time.</summary>
    internal virtual bool IsForOneThread => false;

    /// <summary>The aggregate's value.</summary>
    internal abstract Expression Result(Func<int, Expression> field);

    /// <summary>The same for one that keeps rows beside the groups.</summary>
    /// <param name="field">Its fields in the group's slot.</param>
    /// <param name="side">The tables kept beside the groups, by number.</param>
    internal virtual Expression Result(Func<int, Expression> field, Func<int, Expression> side) => Result(field);

    /// <summary>Whether an update can throw, as a checked sum does.</summary>
    internal virtual bool CanThrow => false;

    /// <summary>What the compiled form of an aggregate takes of each row, over the columns of the node's input; null: nothing.</summary>
    internal static Expression? Input(AggregateCall call) => call.KeepsRows ? RowsAccumulator.Entry(call) : call.Argument;

    /// <summary>Whether an aggregate has a table of its own beside the groups.</summary>
    internal static bool NeedsSide(AggregateCall call, bool changing, bool windowed) => RankedAggregates.Has(call, changing) || (call.Function == AggregateFunction.CountDistinct && !windowed && !call.KeepsRows);

    /// <summary>The compiled form of an aggregate.</summary>
    /// <param name="call">The aggregate.</param>
    /// <param name="changing">Whether rows can be taken back.</param>
    /// <param name="windowed">Whether groups are parts that are merged: then all that an aggregate keeps is in its fields.</param>
    /// <param name="side">The number of the table of its own that it may use.</param>
    internal static Accumulator For(AggregateCall call, bool changing, bool windowed, int side) => call.Function switch
    {
        _ when RankedAggregates.Has(call, changing) => new RankedAccumulator(call, side),
        _ when call.KeepsRows => new RowsAccumulator(call),
        AggregateFunction.Count => new CountAccumulator(),
        AggregateFunction.CountDistinct when windowed => new DistinctValuesAccumulator(call.Argument!.Type),
        AggregateFunction.CountDistinct => new CountDistinctAccumulator(call.Argument!.Type, side),
        AggregateFunction.Sum => new SumAccumulator(call.Column.Type),
        AggregateFunction.Average => new AverageAccumulator(call.Argument!.Type, call.Column.Type),
        AggregateFunction.Min or AggregateFunction.Max => new ExtremeAccumulator(call.Argument!.Type, call.Column.Type, call.Function == AggregateFunction.Max),
        AggregateFunction.First or AggregateFunction.Last => new ArrivalAccumulator(call.Argument!.Type, call.Function == AggregateFunction.Last),
        AggregateFunction.Custom => new CustomAccumulator(call.Custom!, call.Argument!.Type, call.Column.Type),
        _ => throw new InvalidOperationException($"There is no accumulator for {call.Function}."),
    };

    /// <summary>Value of a nullable, or itself; and the test for null, or null where there is none.</summary>
    private protected static (Expression Value, Expression? HasValue) Unwrapped(Expression argument)
    {
        if (Nullable.GetUnderlyingType(argument.Type) is not null) return (Expression.Property(argument, "Value"), Expression.Property(argument, "HasValue"));
        return argument.Type.IsValueType ? (argument, null) : (argument, Expression.ReferenceNotEqual(argument, Expression.Constant(null)));
    }

    private protected static Expression When(Expression? condition, Expression then) => condition is null ? then : Expression.IfThen(condition, then);
}

/// <summary>What an accumulator can reach while it is updated.</summary>
/// <param name="Field">Its fields in the slot of the row's group.</param>
/// <param name="Key">The row's key.</param>
/// <param name="Side">The tables kept beside the groups, by number.</param>
internal sealed record AccumulatorScope(Func<int, Expression> Field, Expression Key, Func<int, Type, Expression> Side);
