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
        return CompiledCode.Shared.Of(Expression.Lambda<Func<object[], IEnumerable<T>>>(body, translation._rows));
    }

    protected override Expression VisitExtension(Expression node) => node is StreamRootExpression root
        ? Expression.Convert(Expression.ArrayIndex(_rows, Expression.Constant(_inputs.PlaceOf(root))), typeof(IEnumerable<>).MakeGenericType(root.RowType))
        : base.VisitExtension(node);

    protected override Expression VisitMethodCall(MethodCallExpression node)
    {
        var table = node.Method.DeclaringType == typeof(StreamQueryable) ? SupportedOperators.OfQueries
            : node.Method.DeclaringType == typeof(GroupRows) ? SupportedOperators.OfGroups
            : node.Method.DeclaringType == typeof(Lookup) ? SupportedOperators.OfLookups
            : null;
        if (table is null)
            return base.VisitMethodCall(node);
        var arguments = node.Arguments.Select(Argument).ToArray(); // first, so that of several operators that cannot run the innermost is named
        var method = table.For(node);
        if (NeedsTime(node) && ClockFinder.In(node.Arguments[0]))
            throw new QueryTranslationException("SLQ1100", $"{node.Method.Name} needs the time of each row, and a batch has no clock to take the time of WithProcessingTime from: give the rows a time with WithEventTime, or test the query with StreamTestHarness, which has a clock.", node);
        return Expression.Call(method, method.GetParameters().Zip(arguments, (parameter, argument) => parameter.ParameterType.IsAssignableFrom(argument.Type) ? argument : Expression.Convert(argument, parameter.ParameterType)));
    }

    private static bool NeedsTime(MethodCallExpression call) =>
        call.Method.GetParameters()[0].ParameterType is { IsGenericType: true } type && type.GetGenericTypeDefinition() == typeof(IStreamQueryable<,>) && type.GetGenericArguments()[1] == typeof(EventTime)
        && !call.Method.GetGenericMethodDefinition().GetParameters()[0].ParameterType.GetGenericArguments()[1].IsGenericParameter;

    // The lambda of an operator is quoted in the tree; over lists it is a delegate.
    private Expression Argument(Expression argument) => argument switch
    {
        UnaryExpression { NodeType: ExpressionType.Quote, Operand: var lambda } => Visit(lambda),
        ConstantExpression { Value: null } nothing when nothing.Type.IsAssignableTo(typeof(LambdaExpression)) => Expression.Constant(null, nothing.Type.GetGenericArguments()[0]),
        _ => Visit(argument),
    };

    // Whether the times of these rows are the clock's.
    private sealed class ClockFinder : ExpressionVisitor
    {
        private bool _found;

        internal static bool In(Expression query)
        {
            var finder = new ClockFinder();
            finder.Visit(query);
            return finder._found;
        }

        protected override Expression VisitExtension(Expression node) => node;

        protected override Expression VisitMethodCall(MethodCallExpression node)
        {
            if (node.Method.DeclaringType == typeof(StreamQueryable) && node.Method.Name is nameof(StreamQueryable.WithProcessingTime) or nameof(StreamQueryable.WithEventTime))
            {
                _found |= node.Method.Name == nameof(StreamQueryable.WithProcessingTime);
                return node;
            }
            return base.VisitMethodCall(node);
        }
    }
}
