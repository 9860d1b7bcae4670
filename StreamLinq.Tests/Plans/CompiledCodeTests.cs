// Code is compiled once per shape: what is shared gives what a compilation of its own would, nothing of a query is kept, and what differs in more than captured values is another shape.
using System.Linq.Expressions;
using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;

namespace StreamLinq.Tests.Plans;

[TestFixture]
public sealed class CompiledCodeTests
{
    private sealed record Sale(int Shop, long Amount, string Name);

    private sealed class Box(int value)
    {
        public int Value => value;
    }

    [Test]
    public void Shared_code_gives_what_code_of_its_own_gives()
    {
        var shared = new CompiledCode(64);
        var (lambdas, inputs) = (0, new[] { (0, "a"), (1, "b"), (int.MaxValue, "") });
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(600), Prop.ForAll(Gen.Choose(0, 40).ToArbitrary(), Gen.Choose(0, 10_000).ToArbitrary(), (form, values) =>
        {
            lambdas++;
            var (own, other) = (DrawnLambda.Of(form, values).Compile(), shared.Of(DrawnLambda.Of(form, values)));
            return inputs.All(i => Outcome(own, i) == Outcome(other, i));
        }));
        Assert.That(shared.Count, Is.EqualTo(64));
        Assert.That(shared.Compilations, Is.LessThan(lambdas));

        static string Outcome(Func<int, string, string> function, (int Number, string Text) input)
        {
            try
            {
                return function(input.Number, input.Text);
            }
            catch (OverflowException)
            {
                return "overflow";
            }
        }
    }

    // Small enough that most shapes come again, with other constants.
    [Test]
    public void Lambdas_of_one_shape_keep_their_own_constants()
    {
        var shared = new CompiledCode(16);
        foreach (var value in Enumerable.Range(0, 50))
        {
            var (number, text, time, box) = (value, $"{value}", new DateTimeOffset(value, TimeSpan.Zero), new Box(value));
            var row = Expression.Parameter(typeof(string), "row");
            var made = Expression.Add(
                Expression.Add(Captures.Constant(number, typeof(int)), Expression.Property(Captures.Constant(text, typeof(string)), nameof(string.Length))),
                Expression.Add(Expression.Property(Expression.Constant(time), nameof(DateTimeOffset.Day)), Expression.Property(Expression.Constant(box), nameof(Box.Value))));
            var answer = shared.Of(Expression.Lambda<Func<string, int>>(made, row))("");
            Assert.That(answer, Is.EqualTo(number + text.Length + time.Day + box.Value));
        }

        Assert.That(shared.Compilations, Is.EqualTo(1));
    }

    private static IEnumerable<TestCaseData> Others()
    {
        static Expression<Func<Sale, object>> Of(Expression<Func<Sale, object>> lambda) => lambda;
        yield return new(Of(s => s.Shop + 1), Of(s => s.Shop + 2)) { TestName = "A_number_that_is_written" };
        yield return new(Of(s => s.Amount * 0.0), Of(s => s.Amount * -0.0)) { TestName = "The_sign_of_zero" };
        yield return new(Of(s => s.Name + "a"), Of(s => s.Name + "b")) { TestName = "A_string_that_is_written" };
        yield return new(Of(s => s.Shop + 1), Of(s => s.Amount + 1)) { TestName = "A_member" };
        yield return new(Of(s => s.Shop + 1), Of(s => s.Shop - 1)) { TestName = "An_operation" };
        yield return new(Of(s => checked(s.Shop + 1)), Of(s => s.Shop + 1)) { TestName = "A_checked_operation" };
        yield return new(Of(s => s.Name.ToUpperInvariant()), Of(s => s.Name.ToLowerInvariant())) { TestName = "A_method" };
        yield return new(Of(s => Array.Empty<int>()), Of(s => Array.Empty<long>())) { TestName = "A_type_argument" };
        yield return new(Of(s => new { s.Shop }), Of(s => new { Number = s.Shop })) { TestName = "An_anonymous_type" };
        yield return new(Of(s => new List<int> { s.Shop }), Of(s => new List<int> { s.Shop, 1 })) { TestName = "A_number_of_elements" };
        yield return new(Of(s => new[] { 1, 2 }.Select(x => x + s.Shop)), Of(s => new[] { 1, 2 }.Select(x => x + x))) { TestName = "A_parameter" };
        yield return new(Of(s => typeof(int)), Of(s => typeof(long))) { TestName = "A_type" };
        yield return new(Of(s => default(int)), Of(s => default(long))) { TestName = "A_default" };
    }

    [TestCaseSource(nameof(Others))]
    public void Another_shape(LambdaExpression one, LambdaExpression other)
    {
        var shared = new CompiledCode(16);
        shared.Of(one);
        shared.Of(one);
        Assert.That(shared.Compilations, Is.EqualTo(1));
        shared.Of(other);
        Assert.That(shared.Compilations, Is.EqualTo(2));
    }

    [Test]
    public void A_captured_variable_of_another_type_is_another_shape()
    {
        var shared = new CompiledCode(16);
        shared.Of(Expression.Lambda<Func<object>>(Expression.Convert(Captures.Constant(1, typeof(int)), typeof(object))));
        var answer = shared.Of(Expression.Lambda<Func<object>>(Expression.Convert(Captures.Constant(1L, typeof(long)), typeof(object))))();
        Assert.That(answer, Is.EqualTo(1L).And.TypeOf<long>());
    }

    [Test]
    public void Those_asked_for_last_are_kept()
    {
        var shared = new CompiledCode(2);
        foreach (var number in new[] { 1, 2, 1, 3, 1 }) shared.Of(Expression.Lambda<Func<int>>(Expression.Constant(number)));
        Assert.That((shared.Count, shared.Compilations), Is.EqualTo((2, 3L)));
        shared.Of(Expression.Lambda<Func<int>>(Expression.Constant(2)));
        Assert.That((shared.Count, shared.Compilations), Is.EqualTo((2, 4L)));
    }

    [Test]
    public void Nothing_of_a_lambda_is_kept()
    {
        var shared = new CompiledCode(16);
        var box = Used(shared);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        Assert.That((box.IsAlive, shared.Count), Is.EqualTo((false, 1)));

        [MethodImpl(MethodImplOptions.NoInlining)]
        static WeakReference Used(CompiledCode shared)
        {
            var box = new Box(7);
            Expression<Func<int>> lambda = () => box.Value;
            Assert.That(shared.Of(lambda)(), Is.EqualTo(7));
            return new WeakReference(box);
        }
    }

    [Test]
    public void Code_over_types_that_can_be_unloaded_is_not_kept()
    {
        var shared = new CompiledCode(16);
        var module = AssemblyBuilder.DefineDynamicAssembly(new AssemblyName("passing"), AssemblyBuilderAccess.RunAndCollect).DefineDynamicModule("passing");
        var type = module.DefineType("Passing", TypeAttributes.Public).CreateType();
        var list = typeof(List<>).MakeGenericType(type);
        var made = shared.Of(Expression.Lambda<Func<object>>(Expression.New(list)))();
        Assert.That((made.GetType(), shared.Count), Is.EqualTo((list, 0)));
    }

    [Test]
    public async Task Queries_of_one_shape_run_at_once_and_each_gives_its_own_answer()
    {
        await using var first = new StreamTestHarness();
        await using var second = new StreamTestHarness();
        var (sales, others) = (first.Source<Sale>("sales"), second.Source<Sale>("sales"));
        var few = await first.StartAsync(Totals(sales.Rows, 1, "a", 10), OutputMode.Complete);
        var compiled = CompiledCode.Shared.Compilations;
        var many = await second.StartAsync(Totals(others.Rows, 2, "b", 1000), OutputMode.Complete);
        Assert.That(CompiledCode.Shared.Compilations, Is.EqualTo(compiled));
        await sales.EpochAsync(new(1, 5, "a"), new(2, 6, "b"));
        await others.EpochAsync(new(1, 5, "a"), new(2, 6, "b"));
        await sales.EpochAsync(new Sale(1, 7, "a"));
        await others.EpochAsync(new Sale(2, 8, "b"));
        Assert.That(few.Result, Is.EqualTo(new[] { (1, 32L) }));
        Assert.That(many.Result, Is.EqualTo(new[] { (2, 2014L) }));
    }

    private static IStreamQueryable<(int Shop, long Sum), Table> Totals(IStreamQueryable<Sale, AppendOnly> sales, int shop, string name, long more) =>
        sales.Where(s => s.Shop == shop && s.Name == name).GroupBy(s => s.Shop).Select(g => ValueTuple.Create(g.Key, g.Sum(s => s.Amount + more)));

    [Test]
    public async Task A_query_that_has_ended_is_not_kept()
    {
        var captured = await RunAsync();
        await Task.Yield();   // off the stack of what has just ended
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        Assert.That(captured.IsAlive, Is.False);

        [MethodImpl(MethodImplOptions.NoInlining)]
        static async Task<WeakReference> RunAsync()
        {
            await using var harness = new StreamTestHarness();
            var box = new Box(3);
            var sales = harness.Source<Sale>("sales");
            var output = await harness.StartAsync(sales.Rows.Where(s => s.Shop == box.Value).GroupBy(s => s.Name).Select(g => ValueTuple.Create(g.Key, g.OrderBy(s => s.Amount).Take(1).First())), OutputMode.Complete);
            await sales.EpochAsync(new Sale(3, 1, "a"));
            Assert.That(output.Result, Has.Count.EqualTo(1));
            return new WeakReference(box);
        }
    }
}
