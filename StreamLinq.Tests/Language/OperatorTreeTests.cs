// An operator runs nothing: it is a call of itself in an expression tree. Every operator there is, found by reflection, and a few by example.
using System.Linq.Expressions;
using System.Reflection;
using NUnit.Framework;

namespace StreamLinq.Tests.Language;

public sealed class OperatorTreeTests
{
    private static readonly IStreamQueryable<string, EventTime> Words = new MemoryRows().AsStreamQueryable("words").WithEventTime(w => DateTimeOffset.UnixEpoch, TimeSpan.Zero);

    private static IEnumerable<TestCaseData> Operators =>
        from method in typeof(StreamQueryable).GetMethods(BindingFlags.Public | BindingFlags.Static).Concat(typeof(Lookup).GetMethods(BindingFlags.Public | BindingFlags.Static))
        where !method.IsDefined(typeof(ObsoleteAttribute))
        select new TestCaseData(method).SetArgDisplayNames(method.ToString()!);

    private static IEnumerable<TestCaseData> Markers =>
        from method in typeof(GroupRows).GetMethods(BindingFlags.Public | BindingFlags.Static)
        where !method.IsDefined(typeof(ObsoleteAttribute))
        select new TestCaseData(method).SetArgDisplayNames(method.ToString()!);

    [TestCaseSource(nameof(Operators))]
    public void An_operator_is_a_call_of_itself(MethodInfo method)
    {
        var closed = Closed(method);
        var arguments = closed.GetParameters().Select(p => Some(p.ParameterType)).ToArray();
        var result = closed.Invoke(null, arguments)!;
        var call = (MethodCallExpression)(result is IStreamQueryable query ? query.Expression : ((IJoinSide)result).SideExpression);
        Assert.That(call.Method, Is.EqualTo(closed));
        for (var i = 0; i < arguments.Length; i++)
            switch (arguments[i])
            {
                case IStreamQueryable source: Assert.That(call.Arguments[i], Is.SameAs(source.Expression)); break;
                case IJoinSide side: Assert.That(call.Arguments[i], Is.SameAs(side.SideExpression)); break;
                case LambdaExpression lambda: Assert.That(((UnaryExpression)call.Arguments[i]).Operand, Is.SameAs(lambda)); break;
                case var value when value is Delegate && method.Name == "Match": Assert.That(call.Arguments[i], Is.InstanceOf<ConstantExpression>()); break;
                case var value: Assert.That(((ConstantExpression)call.Arguments[i]).Value, Is.EqualTo(value)); break;
            }

        if (result is IStreamQueryable { ElementType: var rows })
            Assert.That(rows, Is.EqualTo(result.GetType().GetInterfaces().Single(t => t.IsGenericType && t.GetGenericTypeDefinition() == typeof(IStreamQueryable<,>)).GetGenericArguments()[0]));
    }

    [TestCaseSource(nameof(Operators))]
    public void A_null_argument_is_refused_by_name_unless_it_is_optional(MethodInfo method)
    {
        var closed = Closed(method);
        var parameters = closed.GetParameters();
        foreach (var parameter in parameters.Where(p => !p.ParameterType.IsValueType))
        {
            var arguments = parameters.Select(p => p == parameter ? null : Some(p.ParameterType)).ToArray();
            if (parameter.IsOptional)
            {
                Assert.That(closed.Invoke(null, arguments), Is.Not.Null);
                continue;
            }

            var thrown = Assert.Throws<TargetInvocationException>(() => closed.Invoke(null, arguments));
            Assert.That((thrown?.InnerException as ArgumentNullException)?.ParamName, Is.EqualTo(parameter.Name));
        }
    }

    [TestCaseSource(nameof(Markers))]
    public void An_aggregate_called_outside_a_query_says_so(MethodInfo method)
    {
        var closed = Closed(method, number: true);
        var thrown = Assert.Throws<TargetInvocationException>(() => closed.Invoke(null, new object?[closed.GetParameters().Length]));
        Assert.That(thrown?.InnerException, Is.InstanceOf<InvalidOperationException>());
        Assert.That(thrown?.InnerException?.Message, Does.StartWith($"GroupRows.{method.Name} is legal only inside a query"));
    }

    [Test]
    public void Query_syntax_gives_the_tree_it_reads_as()
    {
        var query = from w in Words.Window(Windowing.Tumbling(TimeSpan.FromMinutes(1)))
                    where w.Length > 0
                    group w.Length by w into g
                    select new { g.Key, N = g.Count(), g.Window };

        var names = new List<string>();
        for (var node = query.Expression; node is MethodCallExpression call; node = call.Arguments[0]) names.Add(call.Method.Name);
        Assert.That(names, Is.EqualTo(new[] { "Select", "GroupBy", "Where", "Window", "WithEventTime" }));
        var where = (MethodCallExpression)((MethodCallExpression)((MethodCallExpression)query.Expression).Arguments[0]).Arguments[0];
        Assert.That(where.Arguments[1].ToString(), Is.EqualTo("w => (w.Length > 0)"));
        Assert.That(((MethodCallExpression)query.Expression).Arguments[1].ToString(), Does.Contain("g.Count()").And.Contain("g.Window"));
    }

    [Test]
    public void The_leaf_is_the_source()
    {
        Expression leaf = Words.Expression;
        while (leaf is MethodCallExpression call) leaf = call.Arguments[0];
        Assert.That(leaf, Is.InstanceOf<StreamRootExpression>().With.Property("Name").EqualTo("words"));
    }

    [Test]
    public void A_stream_merged_with_one_without_time_has_no_time()
    {
        IStreamQueryable<string, AppendOnly> mixed = Words.Merge(new MemoryRows().AsStreamQueryable());
        IStreamQueryable<string, EventTime> timed = Words.Merge(Words);
        Assert.That(((MethodCallExpression)mixed.Expression).Method.GetGenericArguments()[1], Is.EqualTo(typeof(AppendOnly)));
        Assert.That(((MethodCallExpression)timed.Expression).Method.GetGenericArguments()[1], Is.EqualTo(typeof(EventTime)));
    }

    [Test]
    public void A_query_of_a_narrower_kind_fits_where_a_wider_one_is_asked_for() =>
        Assert.Multiple(() =>
        {
            IStreamQueryable<string, AppendOnly> less = Words;
            var latest = Words.LatestBy(w => w);
            Assert.That(less.WithProcessingTime().ToString(), Is.EqualTo("EventTime stream of string"));
            Assert.That(Words.Unbounded().GroupBy(w => w.Length).ToString(), Is.EqualTo("Table of groups of string by int"));
            Assert.That(Words.Join(Words.Unbounded(), a => a, b => b, (a, b) => a).ToString(), Is.EqualTo("stream of string"));
            Assert.That(latest.Join(Words.Unbounded(), a => a, b => b, (a, b) => a).ToString(), Is.EqualTo("Table of string"));
            Assert.That(latest.LeftJoin(latest, a => a, b => b, (a, b) => b).ToString(), Is.EqualTo("Table of string"));
            Assert.That(Words.Join(new List<string> { "a" }, a => a, b => b, (a, b) => b.Length).ToString(), Is.EqualTo("EventTime stream of int"));
            Assert.That(latest.Join(Lookup.From<string, string>((_, _) => default), a => a, b => b, (a, b) => b.Length).ToString(), Is.EqualTo("VersionedTable of int"));
            Assert.That(latest.Merge(Words.Unbounded()).ToString(), Is.EqualTo("Table of string"));
            Assert.That(latest.Where(w => w != "").AsOf(), Is.Not.Null);
        });

    [Test]
    public void An_operator_written_once_keeps_every_kind()
    {
        static IStreamQueryable<string, P> Long<P>(IStreamQueryable<string, P> words) where P : QueryKind => words.Where(w => w.Length > 3);
        Assert.That(Long(Words).ToString(), Is.EqualTo("EventTime stream of string"));
        Assert.That(Long(Words.LatestBy(w => w)).ToString(), Is.EqualTo("VersionedTable of string"));
    }

    [Test]
    public void Senseless_numbers_are_refused_where_they_are_written() =>
        Assert.Multiple(() =>
        {
            var ordered = Words.Unbounded().OrderBy(w => w);
            var second = TimeSpan.FromSeconds(1);
            Assert.That(() => ordered.Take(0), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => Words.DistinctBy(w => w, TimeSpan.Zero), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => Words.WithEventTime(w => DateTimeOffset.UnixEpoch, -second), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => Words.Window(Windowing.Tumbling(second)).GracePeriod(-second), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => Words.Within(-2 * second, second), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => Words.Within(TimeSpan.MinValue, second), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => Words.Within(TimeSpan.MaxValue, TimeSpan.MaxValue), Throws.Nothing);
            Assert.That(() => Words.Within(-second, second), Throws.Nothing);
            Assert.That(() => Words.Named(" "), Throws.ArgumentException);
            Assert.That(() => Lookup.Refreshed<string>(_ => default, TimeSpan.Zero), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => new AsyncOptions { MaxConcurrency = 0 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => new AsyncOptions { Timeout = TimeSpan.Zero }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => new AsyncOptions { Retries = -1 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => new LookupOptions { CacheSize = -1 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
        });

    // Closes a generic operator over types that its constraints allow: the kind parameter by its constraint, numbers where numbers are wanted, else string.
    private static MethodInfo Closed(MethodInfo method, bool number = false) => !method.IsGenericMethodDefinition ? method : method.MakeGenericMethod([.. method.GetGenericArguments().Select(Type (t) =>
    {
        var constraint = t.GetGenericParameterConstraints().FirstOrDefault(c => typeof(QueryKind).IsAssignableFrom(c));
        if (constraint is not null) return constraint == typeof(AppendOnly) || constraint == typeof(QueryKind) || constraint == typeof(Unwindowed) ? typeof(EventTime) : constraint;
        return number && t.Name == "N" ? typeof(long) : typeof(string);
    })]);

    private static object? Some(Type type)
    {
        if (type == typeof(TimeSpan)) return TimeSpan.FromSeconds(1);
        if (type == typeof(int)) return 3;
        if (type == typeof(string)) return "name";
        if (type == typeof(Windowing)) return Windowing.Tumbling(TimeSpan.FromSeconds(1));
        if (type == typeof(WatermarkStrategy)) return WatermarkStrategy.Monotonic;
        if (type == typeof(AsyncOptions)) return new AsyncOptions();
        if (type == typeof(LookupOptions)) return new LookupOptions();
        if (type == typeof(Func<RowPattern<string>, RowPattern<string>>)) return (Func<RowPattern<string>, RowPattern<string>>)(p => p.Begin("a", w => w.Length > 1));
        var definition = type.GetGenericTypeDefinition();
        var arguments = type.GetGenericArguments();
        if (definition == typeof(IStreamQueryable<,>)) return Activator.CreateInstance(typeof(StreamQuery<,>).MakeGenericType(arguments), Expression.Constant(null, type));
        if (definition == typeof(IIntervalSide<>)) return Words.Within(TimeSpan.Zero, TimeSpan.Zero);
        if (definition == typeof(IUnboundedSide<>)) return Words.Unbounded();
        if (definition == typeof(IAsOfSide<>)) return Words.LatestBy(w => w).AsOf();
        if (definition == typeof(ILookupSide<>)) return Words.LatestBy(w => w).Snapshot();
        if (definition == typeof(IEnumerable<>)) return new[] { "a" };
        if (definition == typeof(Expression<>)) return Lambda(arguments[0]);
        return Lambda(type).Compile();
    }

    private static LambdaExpression Lambda(Type type)
    {
        var invoke = type.GetMethod("Invoke")!;
        return Expression.Lambda(type, Expression.Default(invoke.ReturnType), invoke.GetParameters().Select(p => Expression.Parameter(p.ParameterType, p.Name)));
    }

    private sealed class MemoryRows : IStreamSource<string>
    {
        public string Description => "memory";

        public bool IsReplayable => true;

        public ValueTask<IStreamReader<string>> OpenAsync(SourceContext context, CancellationToken cancellationToken) => throw new NotSupportedException("These tests read nothing.");
    }
}
