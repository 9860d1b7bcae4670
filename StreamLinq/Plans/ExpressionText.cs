// An expression as the C# its author wrote, as near as it gets: for plans, errors and Explain. Never parsed again.
using System.Globalization;
using System.Linq.Expressions;
using System.Runtime.CompilerServices;
using System.Text;

namespace StreamLinq;

internal sealed class ExpressionText
{
    private const int LongestConstant = 60;

    private readonly StringBuilder _text = new();

    internal static string Of(Expression expression)
    {
        var printer = new ExpressionText();
        printer.Print(expression, 0);
        return printer._text.ToString();
    }

    /// <summary>One operator of a query, without what it is applied to: Where(w => w.Length > 0).</summary>
    internal static string OfOperator(MethodCallExpression call)
    {
        var printer = new ExpressionText();
        printer._text.Append(call.Method.Name).Append('(');
        printer.List(call.Arguments.Skip(1));
        return printer._text.Append(')').ToString();
    }

    private void Print(Expression? expression, int outer)
    {
        switch (expression)
        {
            case null: break;
            case ConstantExpression constant: Constant(constant); break;
            case ParameterExpression parameter: _text.Append(parameter.Name ?? "_"); break;
            case LambdaExpression lambda: Lambda(lambda); break;
            case MemberExpression member: Member(member); break;
            case MethodCallExpression call: Call(call); break;
            case BinaryExpression binary: Binary(binary, outer); break;
            case UnaryExpression unary: Unary(unary, outer); break;
            case ConditionalExpression test:
                Open(outer, 1);
                Print(test.Test, 2); _text.Append(" ? "); Print(test.IfTrue, 1); _text.Append(" : "); Print(test.IfFalse, 1);
                Close(outer, 1);
                break;
            case NewExpression made: New(made); break;
            case MemberInitExpression made:
                New(made.NewExpression);
                _text.Append(" { ");
                Separated(made.Bindings, b => { _text.Append(b.Member.Name).Append(" = "); Print((b as MemberAssignment)?.Expression, 0); });
                _text.Append(" }");
                break;
            case NewArrayExpression array: _text.Append("new[] { "); List(array.Expressions); _text.Append(" }"); break;
            case InvocationExpression invocation: Print(invocation.Expression, 20); _text.Append('('); List(invocation.Arguments); _text.Append(')'); break;
            case TypeBinaryExpression test: Print(test.Expression, 20); _text.Append(" is ").Append(Name(test.TypeOperand)); break;
            case DefaultExpression nothing: _text.Append("default(").Append(Name(nothing.Type)).Append(')'); break;
            default: _text.Append(expression); break;
        }
    }

    private void Constant(ConstantExpression constant)
    {
        var text = constant.Value switch
        {
            null => "null",
            string s => "\"" + s.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal) + "\"",
            char c => $"'{c}'",
            bool b => b ? "true" : "false",
            Enum e => $"{e.GetType().Name}.{e}",
            TimeSpan or DateTimeOffset or IFormattable => ((IFormattable)constant.Value).ToString(null, CultureInfo.InvariantCulture),
            Type t => $"typeof({Name(t)})",
            Delegate => "delegate",
            Array { Length: <= 5 } array when array.GetType().GetElementType() is { } element && (element.IsPrimitive || element == typeof(string)) =>
                "[" + string.Join(", ", array.Cast<object?>().Select(item => Of(Expression.Constant(item)))) + "]",
            var other => Name(other.GetType()),
        };
        _text.Append(text.Length > LongestConstant ? string.Concat(text.AsSpan(0, LongestConstant), "…") : text);
    }

    private void Lambda(LambdaExpression lambda)
    {
        if (lambda.Parameters.Count == 1) _text.Append(Parameter(lambda.Parameters[0]));
        else _text.Append('(').AppendJoin(", ", lambda.Parameters.Select(Parameter)).Append(')');
        _text.Append(" => ");
        Print(lambda.Body, 0);
    }

    // The compiler's name for the row that carries several range variables is of no use to a reader.
    private static string Parameter(ParameterExpression parameter) => parameter.Name is { } name && !name.StartsWith('<') ? name : "_";

    private void Member(MemberExpression member)
    {
        if (member.Expression is null) _text.Append(Name(member.Member.DeclaringType!)).Append('.');
        else if (!IsCarrier(member.Expression))
        {
            Print(member.Expression, 20);
            _text.Append('.');
        }

        _text.Append(member.Member.Name);
    }

    private static bool IsCarrier(Expression expression) => expression switch
    {
        ParameterExpression { Name: { } name } => name.StartsWith('<'),
        MemberExpression { Member.Name: var name } => name.StartsWith('<'),
        ConstantExpression { Type: var type } => type.IsDefined(typeof(CompilerGeneratedAttribute), false),
        _ => false,
    };

    private void Call(MethodCallExpression call)
    {
        var arguments = call.Arguments.AsEnumerable();
        if (call.Object is not null) Print(call.Object, 20);
        else if (call.Method.IsDefined(typeof(ExtensionAttribute), false) && call.Arguments.Count > 0)
        {
            Print(call.Arguments[0], 20);
            arguments = arguments.Skip(1);
        }
        else _text.Append(Name(call.Method.DeclaringType!));
        if (call.Method is { IsSpecialName: true, Name: "get_Item" })
        {
            _text.Append('[');
            List(arguments);
            _text.Append(']');
            return;
        }

        _text.Append('.').Append(call.Method.Name).Append('(');
        List(arguments);
        _text.Append(')');
    }

    private void Binary(BinaryExpression binary, int outer)
    {
        if (binary.NodeType == ExpressionType.ArrayIndex)
        {
            Print(binary.Left, 20);
            _text.Append('[');
            Print(binary.Right, 0);
            _text.Append(']');
            return;
        }

        var (symbol, level) = binary.NodeType switch
        {
            ExpressionType.Multiply or ExpressionType.MultiplyChecked => ("*", 12),
            ExpressionType.Divide => ("/", 12),
            ExpressionType.Modulo => ("%", 12),
            ExpressionType.Add or ExpressionType.AddChecked => ("+", 11),
            ExpressionType.Subtract or ExpressionType.SubtractChecked => ("-", 11),
            ExpressionType.LeftShift => ("<<", 10),
            ExpressionType.RightShift => (">>", 10),
            ExpressionType.LessThan => ("<", 9),
            ExpressionType.LessThanOrEqual => ("<=", 9),
            ExpressionType.GreaterThan => (">", 9),
            ExpressionType.GreaterThanOrEqual => (">=", 9),
            ExpressionType.Equal => ("==", 8),
            ExpressionType.NotEqual => ("!=", 8),
            ExpressionType.And => ("&", 7),
            ExpressionType.ExclusiveOr => ("^", 6),
            ExpressionType.Or => ("|", 5),
            ExpressionType.AndAlso => ("&&", 4),
            ExpressionType.OrElse => ("||", 3),
            ExpressionType.Coalesce => ("??", 2),
            _ => (binary.NodeType.ToString(), 0),
        };
        Open(outer, level);
        Print(binary.Left, level);
        _text.Append(' ').Append(symbol).Append(' ');
        Print(binary.Right, level + 1);
        Close(outer, level);
    }

    private void Unary(UnaryExpression unary, int outer)
    {
        switch (unary.NodeType)
        {
            case ExpressionType.Quote or ExpressionType.Convert or ExpressionType.ConvertChecked or ExpressionType.TypeAs: Print(unary.Operand, outer); break;
            case ExpressionType.ArrayLength: Print(unary.Operand, 20); _text.Append(".Length"); break;
            case ExpressionType.Negate or ExpressionType.NegateChecked: _text.Append('-'); Print(unary.Operand, 15); break;
            case ExpressionType.Not: _text.Append(unary.Type == typeof(bool) ? '!' : '~'); Print(unary.Operand, 15); break;
            default: _text.Append(unary.NodeType).Append('('); Print(unary.Operand, 0); _text.Append(')'); break;
        }
    }

    private void New(NewExpression made)
    {
        if (made.Members is { } members)
        {
            _text.Append("new { ");
            Separated(members.Zip(made.Arguments), pair => { _text.Append(pair.First.Name).Append(" = "); Print(pair.Second, 0); });
            _text.Append(" }");
            return;
        }

        _text.Append("new ").Append(Name(made.Type)).Append('(');
        List(made.Arguments);
        _text.Append(')');
    }

    private void List(IEnumerable<Expression> items) => Separated(items, i => Print(i, 0));

    private void Separated<T>(IEnumerable<T> items, Action<T> print)
    {
        var first = true;
        foreach (var item in items)
        {
            if (!first) _text.Append(", ");
            first = false;
            print(item);
        }
    }

    private void Open(int outer, int level)
    {
        if (level < outer) _text.Append('(');
    }

    private void Close(int outer, int level)
    {
        if (level < outer) _text.Append(')');
    }

    internal static string Name(Type type) => TypeText.Name(type);
}
