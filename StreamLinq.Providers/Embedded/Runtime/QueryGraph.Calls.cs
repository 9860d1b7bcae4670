// What is asked elsewhere as part of the graph: an operator in which rows wait, and a stage that hands it what is asked with and what goes on. Workers do not share it, calls run at once anyway; each brings its part of the limit.
using System.Linq.Expressions;

namespace StreamLinq.Embedded;

internal sealed partial class QueryGraph
{
    private readonly List<ICallingOperator> _calls = [];

    /// <summary>The operators that ask elsewhere, upstream first.</summary>
    internal IReadOnlyList<ICallingOperator> Calls => _calls;

    private OperatorPart Call(LogicalCall node, string name)
    {
        var kept = new TupleLayout([.. node.Kept.Select(c => c.Type)]);
        var row = new TupleLayout([.. node.Columns.Select(c => c.Type)]);
        var runtime = (ICallingOperator)Generic(nameof(CallOperatorOf), node.Argument.Type, kept.Type, node.Result.Type, row.Type)(node, name, kept, row)!;
        _calls.Add(runtime);
        return new OperatorPart(row.Type, row, runtime, null, null, []);
    }

    private CallOperator<TArgument, TKept, TAnswer, TRow> CallOperatorOf<TArgument, TKept, TAnswer, TRow>(LogicalCall node, string name, TupleLayout kept, TupleLayout row)
    {
        var of = Expression.Parameter(typeof(TKept), "kept");
        var answer = Expression.Parameter(typeof(TAnswer), "answer");
        var rowOf = CompiledCode.Shared.Of(Expression.Lambda<Func<TKept, TAnswer, TRow>>(row.Make([.. node.Kept.Select((_, i) => kept.Get(of, i)), answer]), of, answer));
        return new(name, node.Origin, (ICalls<TArgument, TAnswer>)CallsOf(node), rowOf, Context);
    }

    private object CallsOf(LogicalCall node)
    {
        var (argument, found) = (node.Argument.Type, node.Result.Type.GetElementType());
        var workers = _lanes?.Count ?? 1;
        return node switch
        {
            { Each: { } each } => Activator.CreateInstance(typeof(RowCalls<,>).MakeGenericType(argument, node.Result.Type), node.Function, each, workers, Context.Time)!,
            { ByKey: { } byKey } => Activator.CreateInstance(typeof(KeyCalls<,>).MakeGenericType(argument, found!), node.Function, byKey, workers, Context.Time)!,
            _ => Activator.CreateInstance(typeof(LoadedRows<,>).MakeGenericType(argument, found!), node.Origin, node.Function, CompiledCode.Shared.Of(node.RowKey!), node.Every!.Value, Context.Time)!,
        };
    }

    private void ToCall(PhysicalStage stage, LogicalCall call)
    {
        var kept = new TupleLayout([.. call.Kept.Select(c => c.Type)]);
        Type[] types = [call.Argument.Type, kept.Type, typeof(int)];
        var input = typeof(ValueTuple<,,>).MakeGenericType(types);
        var compiler = Compiler(stage, typeof(RowBuffer<>).MakeGenericType(input));
        var emit = compiler.CompileEmit(Expression.New(input.GetConstructor(types)!, call.Argument, kept.Make([.. call.Kept.Select(c => c.Reference)]), compiler.RowIndex), call.Origin);
        Generic(nameof(ConnectBuffer), _parts[stage.From].RowType, input)(stage.From, emit, compiler.Origins, compiler.HasFlatten, _parts[call].Runtime);
    }
}
