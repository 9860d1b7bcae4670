// Joins as of a time as part of the graph: the left input is that of any join, the right one hands on versions with the key of the table they are of.
using System.Linq.Expressions;

namespace StreamLinq.Embedded;

internal sealed partial class QueryGraph
{
    private OperatorPart AsOf(LogicalJoin node, JoinShape shape, string name)
    {
        var type = typeof(AsOfJoinOperator<,,,,>).MakeGenericType(TableKeyOf(node.AsOf!).Type, shape.Key.Type, shape.Left.Type, shape.Right.Type, shape.Result.Type);
        return new OperatorPart(shape.Result.Type, shape.Result, Activator.CreateInstance(type, name, shape, Context)!, null, null, []);
    }

    private void ToVersions(PhysicalStage stage, LogicalJoin join, JoinAsOf asOf, JoinShape shape)
    {
        var key = TableKeyOf(asOf);
        var row = shape.InputType(left: false);
        var input = typeof(VersionInput<,,>).MakeGenericType([key.Type, .. row.GetGenericArguments()]);
        var compiler = Compiler(stage, typeof(RowBuffer<>).MakeGenericType(input));
        var made = Expression.New(
            input.GetConstructor([key.Type, row, typeof(bool), typeof(bool)])!,
            key.Make([.. asOf.TableKey.Select(c => c.Reference)]), shape.Input(left: false, compiler.RowIndex), (Expression?)asOf.IsThere?.Reference ?? Expression.Constant(true), (Expression?)asOf.CanMatch?.Reference ?? Expression.Constant(true));
        var emit = compiler.CompileEmit(made, join.Origin);
        var runtime = _parts[join].Runtime;
        Generic(nameof(ConnectBuffer), _parts[stage.From].RowType, input)(stage.From, emit, compiler.Origins, compiler.HasFlatten, runtime.GetType().GetProperty(nameof(JoinKind.Right))!.GetValue(runtime)!);
    }

    private static TupleLayout TableKeyOf(JoinAsOf asOf) => new([.. asOf.TableKey.Select(c => c.Type)]);

    private static string MeaningOf(JoinAsOf asOf, PlanMeaning meaning) =>
        $"versions by {string.Join(", ", asOf.TableKey.Select(c => meaning.Of(c.Reference)))} from {meaning.Of(asOf.Right.Reference)}{(asOf.CanMatch is null ? "" : $" if {meaning.Of(asOf.CanMatch.Reference)}")} as of {meaning.Of(asOf.Left.Reference)}";
}
