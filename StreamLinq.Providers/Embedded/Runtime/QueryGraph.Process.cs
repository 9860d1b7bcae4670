// The Process operator as part of the graph: the processor is made, and a stage hands it key, row and time.
using System.Linq.Expressions;

namespace StreamLinq.Embedded;

internal sealed partial class QueryGraph
{
    private readonly HashSet<object> _processors = new(ReferenceEqualityComparer.Instance);

    private OperatorPart Process(LogicalProcess node, string name)
    {
        var row = new TupleLayout([.. node.Columns.Select(c => c.Type)]);
        var runtime = Generic(nameof(ProcessOperatorOf), node.Key.Type, node.Row.Type, node.Result.Type, row.Type, KeyHash.For(node.Key.Type))(node, name, row)!;
        return new OperatorPart(row.Type, row, runtime, null, null, []);
    }

    private ProcessOperator<TKey, TIn, TResult, TRow, THash> ProcessOperatorOf<TKey, TIn, TResult, TRow, THash>(LogicalProcess node, string name, TupleLayout row) where THash : struct, IKeyHash<TKey>
    {
        var result = Expression.Parameter(typeof(TResult), "result");
        var time = Expression.Parameter(typeof(DateTimeOffset), "time");
        var rowOf = CompiledCode.Shared.Of(Expression.Lambda<Func<TResult, DateTimeOffset, TRow>>(row.Make(node.OutputTime is null ? [result] : [result, time]), result, time));
        return new(name, node.Origin, _seed, Processor<TKey, TIn, TResult>(node, name), rowOf, node.Time is not null, MadeFor) { Order = _order };
    }

    private StatefulProcessor<TKey, TIn, TResult> Processor<TKey, TIn, TResult>(LogicalProcess node, string name)
    {
        const string Do = "Return a new processor, and declare its state in its constructor, each under a name of its own.";
        try
        {
            var processor = ((Func<StatefulProcessor<TKey, TIn, TResult>>)node.Factory)() ?? throw new StreamLinqException("SLQ1016", $"the factory of the processor of '{name}' ({node.Origin}) returned null. {Do}");
            return _processors.Add(processor) ? processor : throw new StreamLinqException("SLQ1016", $"the factory of the processor of '{name}' ({node.Origin}) returned a processor that it has returned before: each worker needs one of its own. {Do}");
        }
        catch (Exception error) when (error is not StreamLinqException)
        {
            throw new StreamLinqException("SLQ1016", $"the factory of the processor of '{name}' ({node.Origin}) threw {error.GetType().Name} ('{error.Message}'). {Do}", error);
        }
    }

    private void ToProcess(PhysicalStage stage, LogicalProcess process)
    {
        var part = _parts[process];
        Type[] types = [process.Key.Type, process.Row.Type, typeof(DateTimeOffset), typeof(int)];
        var input = typeof(ValueTuple<,,,>).MakeGenericType(types);
        var compiler = Compiler(stage, typeof(RowBuffer<>).MakeGenericType(input));
        // The number of the row goes along, so that a failing processor can be told with its row: the loop is over by the time it runs.
        var place = Expression.Field(Expression.Constant(Context), nameof(StageContext.Row));
        Expression time = process.Time is null ? Expression.Default(typeof(DateTimeOffset)) : process.Time.Reference;
        var emit = compiler.CompileEmit(Expression.New(input.GetConstructor(types)!, process.Key, process.Row, time, place), process.Origin);
        Generic(nameof(ConnectBuffer), _parts[stage.From].RowType, input)(stage.From, emit, compiler.Origins, compiler.HasFlatten, InputOf(part, stage, input, process.Key.Type));
    }
}
