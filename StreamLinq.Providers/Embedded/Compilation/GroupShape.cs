// The compiled form of a group-by: how its key, its accumulators and its row are laid out, and the function that makes the row of a group.
using System.Linq.Expressions;

namespace StreamLinq.Embedded;

internal sealed class GroupShape
{
    private readonly Dictionary<string, Delegate> _compiled = new(StringComparer.Ordinal);

    internal GroupShape(LogicalAggregate node) : this(node, node.Inputs[0].IsChanging, node.Window is not null) { }

    /// <param name="node">The group-by.</param>
    /// <param name="changing">Whether rows can be taken back.</param>
    /// <param name="windowed">Whether groups are parts of windows, which are merged.</param>
    internal GroupShape(LogicalAggregate node, bool changing, bool windowed)
    {
        Node = node;
        IsChanging = changing;
        Key = new TupleLayout([.. node.Keys.Select(k => k.Column.Type)]);
        var sides = 0;
        Accumulators = [.. node.Aggregates.Select(a => Accumulator.For(a, changing, windowed, Accumulator.NeedsSide(a, changing, windowed) ? sides++ : -1))];
        // Where rows can be taken back, the first field counts them: a group without rows is no group.
        var fields = changing ? new List<Type> { typeof(long) } : [];
        Offsets = new int[Accumulators.Count];
        for (var i = 0; i < Accumulators.Count; i++)
        {
            Offsets[i] = fields.Count;
            fields.AddRange(Accumulators[i].Fields);
        }

        State = new TupleLayout(fields);
        Result = new TupleLayout([.. node.Columns.Select(c => c.Type)]);
        Type[] parts = [Key.Type, State.Type, Noted, KeyHash.For(Key.Type)];
        Table = typeof(GroupTable<,,,>).MakeGenericType(parts);
        Target = node.Window is null ? Table
            : node.Window.Of.IsSession ? typeof(SessionTable<,,,>).MakeGenericType(Key.Type, State.Type, Result.Type, parts[3])
            : typeof(WindowPanes<,,,>).MakeGenericType(parts);
    }

    internal LogicalAggregate Node { get; }

    internal bool IsChanging { get; }

    internal TupleLayout Key { get; }

    /// <summary>The accumulators' fields in one.</summary>
    internal TupleLayout State { get; }

    /// <summary>The group's row: key columns, then aggregates.</summary>
    internal TupleLayout Result { get; }

    internal IReadOnlyList<Accumulator> Accumulators { get; }

    /// <summary>Where each accumulator's fields begin.</summary>
    internal int[] Offsets { get; }

    /// <summary>What tables note of a group at its first touch in an epoch: its row, unless it is seen when its window closes and not before.</summary>
    private Type Noted => Node.IsChanging ? Result.Type : typeof(byte);

    /// <summary>The table the groups are in; of windows there are several.</summary>
    internal Type Table { get; }

    /// <summary>What the stage before it writes to: the table, or what finds the table of a row's window.</summary>
    internal Type Target { get; }

    /// <summary>Compiles <see cref="GroupResult{TKey, TAccumulator, TResult}"/>.</summary>
    /// <param name="sides">The tables beside the groups, by number; where they are asked for the row, it is compiled for them alone.</param>
    internal Delegate CompileResult(Func<int, Expression> sides) =>
        Accumulators.Any(a => a is RankedAccumulator) ? MakeResult(sides) : Once(nameof(CompileResult), () => MakeResult(sides));

    private Delegate MakeResult(Func<int, Expression> sides)
    {
        var key = Expression.Parameter(Key.Type, "key");
        var state = Expression.Parameter(State.Type, "state");
        var values = Enumerable.Range(0, Node.Keys.Count).Select(i => Key.Get(key, i))
            .Concat(Accumulators.Select((a, i) => a.Result(f => State.Get(state, Offsets[i] + f), sides)));
        return CompiledCode.Shared.Of(Expression.Lambda(typeof(GroupResult<,,>).MakeGenericType(Key.Type, State.Type, Result.Type), Result.Make([.. values]), key, state));
    }

    /// <summary>Compiles <see cref="WindowResult{TKey, TState, TResult}"/>.</summary>
    internal Delegate CompileWindowResult() => Once(nameof(CompileWindowResult), MakeWindowResult);

    private Delegate MakeWindowResult()
    {
        var key = Expression.Parameter(Key.Type, "key");
        var window = Expression.Parameter(typeof(Window), "window");
        var state = Expression.Parameter(State.Type, "state");
        var values = Enumerable.Range(0, Node.Keys.Count).Select(i => Key.Get(key, i))
            .Concat(Node.Window!.Time is null ? [window] : [window, Expression.Property(window, nameof(Window.LastInstant))])
            .Concat(Accumulators.Select((a, i) => a.Result(f => State.Get(state, Offsets[i] + f))));
        return CompiledCode.Shared.Of(Expression.Lambda(typeof(WindowResult<,,>).MakeGenericType(Key.Type, State.Type, Result.Type), Result.Make([.. values]), key, window, state));
    }

    /// <summary>Compiles <see cref="RowDifference{TRow}"/>: where a group has changed in nothing but a list of rows, what came to the list and went from it.</summary>
    internal Delegate CompileDifference(PlanColumn list) => Once(nameof(CompileDifference), () => MakeDifference(list));

    private Delegate MakeDifference(PlanColumn list)
    {
        var old = Expression.Parameter(Result.Type.MakeByRefType(), "old");
        var now = Expression.Parameter(Result.Type.MakeByRefType(), "now");
        var at = Node.Columns.ToList().IndexOf(list);
        var same = Enumerable.Range(0, Result.Types.Count).Where(i => i != at).Select(i => SureEquality.Same(Result.Get(old, i), Result.Get(now, i)))
            .Aggregate((Expression)Expression.Constant(true), Expression.AndAlso);
        var trim = Expression.Call(typeof(RowsDifference), nameof(RowsDifference.Trim), [list.Type.GetElementType()!], Result.Get(old, at), Result.Get(now, at));
        return CompiledCode.Shared.Of(Expression.Lambda(typeof(RowDifference<>).MakeGenericType(Result.Type), Expression.IfThen(same, trim), old, now));
    }

    /// <summary>Whether its functions serve one thread at a time.</summary>
    internal bool IsForOneThread => Accumulators.Any(a => a.IsForOneThread);

    /// <summary>Whether a group that is cut into parts by arrival is the same, to the last bit, when they are merged.</summary>
    internal bool MergesExactly => !IsChanging && Accumulators.All(a => a.MergesExactly);

    /// <summary>The same where the parts are cut anyhow.</summary>
    internal bool MergesInAnyOrder => !IsChanging && Accumulators.All(a => a.MergesInAnyOrder);

    /// <summary>Compiles <see cref="GroupMerge{TState}"/>.</summary>
    internal Delegate CompileMerge() => Once(nameof(CompileMerge), MakeMerge);

    private Delegate MakeMerge()
    {
        var into = Expression.Parameter(State.Type.MakeByRefType(), "into");
        var from = Expression.Parameter(State.Type, "from");
        var merges = Accumulators.Select((a, i) => a.Merge(f => State.Get(into, Offsets[i] + f), f => State.Get(from, Offsets[i] + f))).ToList();
        if (IsChanging) merges.Insert(0, FieldUpdate.Add(State.Get(into, 0), State.Get(from, 0)));
        return CompiledCode.Shared.Of(Expression.Lambda(typeof(GroupMerge<>).MakeGenericType(State.Type), Expression.Block(typeof(void), merges), into, from));
    }

    /// <summary>Compiles the test whether a group still has rows; null where groups never go.</summary>
    internal Delegate? CompileIsAlive() => IsChanging ? Once(nameof(CompileIsAlive), MakeIsAlive) : null;

    private Delegate MakeIsAlive()
    {
        var state = Expression.Parameter(State.Type, "state");
        return CompiledCode.Shared.Of(Expression.Lambda(typeof(Func<,>).MakeGenericType(State.Type, typeof(bool)), Expression.NotEqual(State.Get(state, 0), Expression.Constant(0L)), state));
    }

    // Several workers have the same functions.
    private Delegate Once(string name, Func<Delegate> make) => _compiled.TryGetValue(name, out var made) ? made : _compiled[name] = make();
}
