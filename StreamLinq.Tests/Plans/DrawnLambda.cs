// Lambdas drawn from a small set of forms, so that many of them have one shape: numbers and strings as written and as captured, objects, calls, locals, loops and lambdas inside. Form and values are drawn apart.
using System.Globalization;
using System.Linq.Expressions;

namespace StreamLinq.Tests.Plans;

internal sealed class DrawnLambda
{
    private static readonly double[] Doubles = [0.0, -0.0, 1.5, double.NaN];
    private static readonly string[] Texts = ["", "a", "b"];
    private static readonly Func<int, int>[] Functions = [x => x + 1, x => x * 2];

    private readonly Random _random;
    private readonly Random _values;
    private readonly ParameterExpression _number = Expression.Parameter(typeof(int), "number");
    private readonly ParameterExpression _text = Expression.Parameter(typeof(string), "text");
    private readonly List<ParameterExpression> _numbers = [];

    private DrawnLambda(int form, int values)
    {
        _random = new Random(form);
        _values = new Random(values);
        _numbers.Add(_number);
    }

    internal sealed class Box(int value)
    {
        internal static readonly Box[] Some = [new(1), new(2), new(3)];

        public int Value => value;

        public int Plus(int other) => value + other;

        public int Minus(int other) => value - other;
    }

    internal static Expression<Func<int, string, string>> Of(int form, int values)
    {
        var drawn = new DrawnLambda(form, values);
        Expression[] parts = [Shown(drawn.Number(3)), drawn.Text(2), Shown(drawn.Double(2)), Shown(drawn.Looped())];
        return Expression.Lambda<Func<int, string, string>>(Expression.Call(typeof(string).GetMethod(nameof(string.Join), [typeof(string), typeof(string[])])!, Expression.Constant("|"), Expression.NewArrayInit(typeof(string), parts)), drawn._number, drawn._text);
    }

    public static string Show(object value) => value is double number ? BitConverter.DoubleToInt64Bits(number).ToString(CultureInfo.InvariantCulture) : string.Create(CultureInfo.InvariantCulture, $"{value}");

    private static MethodCallExpression Shown(Expression value) => Expression.Call(typeof(DrawnLambda), nameof(Show), null, Expression.Convert(value, typeof(object)));

    private Expression Constant(object value) => _random.Next(2) == 0 ? Expression.Constant(value) : Captures.Constant(value, value.GetType());

    private Expression Number(int depth) => (depth == 0 ? _random.Next(3) : _random.Next(11)) switch
    {
        0 => Constant(_values.Next(2)),
        1 => _numbers[_random.Next(_numbers.Count)],
        2 => Expression.Property(Object(), nameof(Box.Value)),
        3 => Expression.Add(Number(depth - 1), Number(depth - 1)),
        4 => Expression.AddChecked(Number(depth - 1), Number(depth - 1)),
        5 => Expression.Subtract(Number(depth - 1), Number(depth - 1)),
        6 => Expression.Condition(Condition(depth - 1), Number(depth - 1), Number(depth - 1)),
        7 => Expression.Call(Object(), _random.Next(2) == 0 ? nameof(Box.Plus) : nameof(Box.Minus), null, Number(depth - 1)),
        8 => Held(depth),
        9 => Expression.Invoke(Constant(Functions[_values.Next(2)]), Number(depth - 1)),
        _ => Inner(depth),
    };

    private Expression Object() => Expression.Constant(Box.Some[_values.Next(3)]);

    private Expression Text(int depth) => (depth == 0 ? _random.Next(3) : _random.Next(5)) switch
    {
        0 => Constant(Texts[_values.Next(3)]),
        1 => _text,
        2 => Expression.Constant(null, typeof(string)),
        3 => Expression.Call(typeof(string).GetMethod(nameof(string.Concat), [typeof(string), typeof(string)])!, Text(depth - 1), Text(depth - 1)),
        _ => Expression.Coalesce(Text(depth - 1), Text(depth - 1)),
    };

    private Expression Double(int depth) => (depth == 0 ? _random.Next(2) : _random.Next(4)) switch
    {
        0 => Constant(Doubles[_values.Next(Doubles.Length)]),
        1 => Expression.Convert(Number(1), typeof(double)),
        2 => Expression.Multiply(Double(depth - 1), Double(depth - 1)),
        _ => Expression.Divide(Double(depth - 1), Double(depth - 1)),
    };

    private Expression Condition(int depth) => _random.Next(4) switch
    {
        0 => Expression.LessThan(Number(depth), Number(depth)),
        1 => Expression.Equal(Text(depth), Text(depth)),
        2 => Expression.NotEqual(Text(depth), Text(depth)),
        _ => Expression.TypeIs(Expression.Convert(Object(), typeof(object)), _random.Next(2) == 0 ? typeof(Box) : typeof(string)),
    };

    private BlockExpression Held(int depth)
    {
        var local = Expression.Variable(typeof(int), "local");
        var value = Number(depth - 1);
        _numbers.Add(local);
        var block = Expression.Block([local], Expression.Assign(local, value), Number(depth - 1));
        _numbers.Remove(local);
        return block;
    }

    private InvocationExpression Inner(int depth)
    {
        var parameter = Expression.Parameter(typeof(int), "inner");
        _numbers.Add(parameter);
        Expression made = Expression.Lambda<Func<int, int>>(Number(depth - 1), parameter);
        _numbers.Remove(parameter);
        // Taken through a conversion it stays a lambda; else the compiler puts its body in place.
        if (_random.Next(2) == 0) made = Expression.Convert(Expression.Convert(made, typeof(object)), typeof(Func<int, int>));
        return Expression.Invoke(made, Number(depth - 1));
    }

    // The locals are set first: a compiled lambda may keep them where others were.
    private BlockExpression Looped()
    {
        var (at, count, done, next) = (Expression.Variable(typeof(int), "at"), Expression.Variable(typeof(int), "count"), Expression.Label("done"), Expression.Label("next"));
        var step = Expression.Block(
            Expression.IfThen(Expression.GreaterThanOrEqual(at, Expression.Constant(_random.Next(3))), Expression.Break(done)),
            Expression.PreIncrementAssign(at),
            Expression.IfThen(Condition(0), Expression.Goto(_random.Next(2) == 0 ? next : done)),
            Expression.AddAssign(count, Number(1)),
            Expression.Label(next));
        return Expression.Block([at, count], Expression.Assign(at, Expression.Constant(0)), Expression.Assign(count, Expression.Constant(0)), Expression.TryFinally(Expression.Loop(step, done), Expression.AddAssign(count, Constant(1))), count);
    }
}
