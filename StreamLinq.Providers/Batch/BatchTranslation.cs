// From the query's expression tree to a function over lists: each operator becomes the method of BatchOperators that stands for it,
// each call on a group inside a lambda the one of BatchGroupRows, each source the rows given. The types of rows and groups stay as
// they are (a group is still an IStreamGrouping), so lambdas, anonymous types and what `let` puts into them need no other change.
using System.Linq.Expressions;

namespace StreamLinq.Batch;

internal sealed class BatchTranslation : ExpressionVisitor
{
    private readonly BatchInputs _inputs;
    private readonly ParameterExpression _rows = Expression.Parameter(typeof(object[]), "rows");

    private BatchTranslation(BatchInputs inputs) => _inputs = inputs;

    internal static Func<object[], IEnumerable<T>> Compile<T>(Expression query, BatchInputs inputs)
    {
        var translation = new BatchTranslation(inputs);
        var body = Expression.Convert(translation.Visit(query), typeof(IEnumerable<T>));
        return Expression.Lambda<Func<object[], IEnumerable<T>>>(body, translation._rows).Compile();
    }

    protected override Expression VisitExtension(Expression node) => node is StreamRootExpression root
        ? Expression.Convert(Expression.ArrayIndex(_rows, Expression.Constant(_inputs.PlaceOf(root))), typeof(IEnumerable<>).MakeGenericType(root.RowType))
        : base.VisitExtension(node);

    protected override Expression VisitMethodCall(MethodCallExpression node)
    {
        var table = node.Method.DeclaringType == typeof(StreamQueryable) ? SupportedOperators.OfQueries
            : node.Method.DeclaringType == typeof(GroupRows) ? SupportedOperators.OfGroups
            : null;
        if (table is null)
            return base.VisitMethodCall(node);
        var arguments = node.Arguments.Select(Argument).ToArray(); // first, so that of several operators that cannot run the innermost is named
        return Expression.Call(table.For(node), arguments);
    }

    // The lambda of an operator is quoted in the tree; over lists it is a delegate.
    private Expression Argument(Expression argument) => Visit(argument is UnaryExpression { NodeType: ExpressionType.Quote, Operand: var lambda } ? lambda : argument);
}
