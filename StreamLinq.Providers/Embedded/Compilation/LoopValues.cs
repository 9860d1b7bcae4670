// Columns become what holds their value in the loop, and constants that do not stand in code (objects, captured variables) become locals that are filled once per batch.
using System.Linq.Expressions;

namespace StreamLinq.Embedded;

internal sealed class LoopValues : ExpressionVisitor
{
    private readonly Dictionary<PlanColumn, Expression> _columns = [];
    private readonly List<(ParameterExpression Local, ConstantExpression Value)> _constants = [];

    /// <summary>Locals to declare and fill before the loop.</summary>
    internal IEnumerable<(ParameterExpression Local, ConstantExpression Value)> Hoisted => _constants;

    internal Expression this[PlanColumn column]
    {
        get => _columns.TryGetValue(column, out var value) ? value : throw new InvalidOperationException($"Column {column.Name} is not in the stage that reads it.");
        set => _columns[column] = value;
    }

    /// <summary>The expression in terms of the loop.</summary>
    internal Expression Inline(Expression expression)
    {
        if (!LambdaFinder.In(expression)) return Visit(expression);
        // A lambda inside may be run after the loop has moved on: it gets copies of what it reads, made for this row alone.
        var copies = new Dictionary<PlanColumn, ParameterExpression>();
        foreach (var column in ColumnFinder.In(expression)) copies[column] = Expression.Variable(column.Type, column.Name);
        var body = new Copying(copies).Visit(expression);
        return Expression.Block(expression.Type, copies.Values, [.. copies.Select(c => (Expression)Expression.Assign(c.Value, this[c.Key])), Visit(body)]);
    }

    protected override Expression VisitExtension(Expression node) => node is ColumnExpression { Column: var column } ? this[column] : node;

    protected override Expression VisitConstant(ConstantExpression node)
    {
        if (CodeShape.IsLiteral(node)) return node;
        foreach (var (known, value) in _constants)
            if (ReferenceEquals(value.Value, node.Value) && value.Type == node.Type) return known;
        var local = Expression.Variable(node.Type, $"constant{_constants.Count}");
        _constants.Add((local, node));
        return local;
    }

    private sealed class Copying(Dictionary<PlanColumn, ParameterExpression> copies) : ExpressionVisitor
    {
        protected override Expression VisitExtension(Expression node) => node is ColumnExpression { Column: var column } ? copies[column] : node;
    }

    private sealed class LambdaFinder : ExpressionVisitor
    {
        private bool _found;

        internal static bool In(Expression expression)
        {
            var finder = new LambdaFinder();
            finder.Visit(expression);
            return finder._found;
        }

        protected override Expression VisitLambda<T>(Expression<T> node)
        {
            _found = true;
            return node;
        }

        protected override Expression VisitExtension(Expression node) => node;
    }
}
