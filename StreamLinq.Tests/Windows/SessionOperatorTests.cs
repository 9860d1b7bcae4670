// The judge of sessions down to the order of rows: drawn rows in drawn epochs, in disorder and late, with crashes between, give in every epoch what a list of sessions per key gives.
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;
using StreamLinq.Embedded;

namespace StreamLinq.Tests.Windows;

using Operator = SessionOperator<long, string, SessionRow, IntegerHash<long>>;

[TestFixture]
public sealed class SessionOperatorTests
{
    private static readonly bool Long = Environment.GetEnvironmentVariable("STREAMLINQ_LONG") == "1";

    [Test]
    public void Every_epoch_sends_what_the_reference_sends_in_its_order() => FsCheck.Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(Long ? 50_000 : 500), Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed => new Run(new Random(seed)).Go()));

    private sealed class Run : IRowTarget<SessionRow>
    {
        private readonly StateDelta _delta = new(new CheckpointLayout(), _ => "");
        private readonly SortedDictionary<string, byte[]> _durable = new(StringComparer.Ordinal);
        private readonly Codec<string> _states = Codecs.Value<string>();
        private readonly List<(int Weight, SessionRow Row)> _sent = [];
        private readonly Random _random;
        private readonly PlanWindow _window;
        private readonly bool _keepsClosed;
        private readonly SessionReference _reference;
        private Operator _operator;
        private long _before;
        private int _rows;

        internal Run(Random random)
        {
            _random = random;
            var shows = random.Next(2) == 0;
            _keepsClosed = shows && random.Next(2) == 0;
            var grace = random.Next(4) switch { 0 => TimeSpan.MaxValue, 1 => TimeSpan.FromTicks(random.Next(60)), _ => TimeSpan.Zero };
            _window = new PlanWindow(null, null, null, null!, grace, shows);
            _reference = new SessionReference(grace.Ticks, shows, _keepsClosed);
            _operator = Start();
        }

        internal void Go()
        {
            var (watermark, late) = (EpochTime.NoWatermark, EpochTime.NoWatermark);
            // Times that hardly move, or move by many gaps within an epoch; from the beginning of the calendar on.
            // Few keys with many sessions each, or more keys than the tables have room for at first.
            var hasMany = _random.Next(8) == 0;
            var (keys, step, spread, gap, epochs) = (hasMany ? 1000 : 1 + _random.Next(4), 1 + _random.Next(hasMany ? 2 : 30), 1 + _random.Next(80), _random.Next(3) == 0 ? 0 : 1 + _random.Next(30), 2 + _random.Next(8));
            var at = 0L;
            for (var epoch = 0; epoch <= epochs; epoch++)
            {
                Begin(new EpochTime(epoch == epochs ? EpochTime.EndOfTime : watermark, late, 0));
                for (var rows = epoch == epochs ? 0 : _random.Next(hasMany ? 500 : 30); rows > 0; rows--)
                {
                    at += _random.Next(step);
                    Add(_random.Next(keys), Math.Max(0, at - _random.Next(spread)), gap > 0 ? gap : _random.Next(40));
                }

                End();
                (late, watermark) = (watermark, Math.Max(watermark, at - _random.Next(spread)));
                if (_random.Next(4) == 0) Crash();
            }
        }

        private void Begin(EpochTime time)
        {
            _operator.BeginEpoch(time);
            _reference.BeginEpoch(time);
        }

        // What a compiled loop does.
        private void Add(long key, long ticks, long gap)
        {
            var id = _rows++;
            _reference.Add(id, key, ticks, gap);
            var sessions = _operator.Sessions;
            if (sessions.Refuses(ticks, gap)) return;
            var slot = sessions.Place(key, ticks, gap);
            ref var state = ref sessions.Heads.Entries[slot].Accumulator.State;
            state = $"{state} {id}";
        }

        private void End()
        {
            _operator.Flush();
            _reference.EndEpoch();
            Check(string.Join("\n", _sent), string.Join("\n", _reference.Sent), "sent");
            _sent.Clear();
            _delta.Begin(0);
            _operator.WriteChanges(_delta, 0);
            for (var part = 0; part < _delta.Parts; part++)
            {
                StateDelta.TryVisit(_delta.Part(part), (_, key, removed, value) =>
                {
                    if (removed) Check(_durable.Remove(Convert.ToHexString(key)), true, "what is removed was stored");
                    else _durable[Convert.ToHexString(key)] = value.ToArray();
                });
            }

            _operator.EndEpoch();
            Check(string.Join("\n", _durable.Select(d => $"{d.Key}{_states.Decode(new ByteReader(), d.Value)}")), string.Join("\n", _reference.Stored.Select(s => s.Key + s.Value)), "stored");
            Check(_operator.Rows, _reference.Stored.Count, "counted");
            Check(_before + _operator.RowsLate, _reference.RowsLate, "late");
            Check(_operator.DueAt, _reference.DueAt, "due");
        }

        private void Crash()
        {
            _before += _operator.RowsLate;
            _operator = Start();
            foreach (var (key, value) in _durable) _operator.Restore(Convert.FromHexString(key), value);
            _reference.Restart();
            Check(_operator.DueAt, _reference.DueAt, "due after a start");
        }

        private Operator Start()
        {
            var made = new Operator("sessions", _window, _keepsClosed, 7, static (key, window, state) => new SessionRow(key, window.Start.Ticks, window.End.Ticks, state), static (ref string into, string from) => into = $"{into}|{from}", new StageContext(), null);
            made.Targets.Add(this);
            return made;
        }

        public void Push(SessionRow[] rows, int from, int to, sbyte[]? weights)
        {
            for (var i = from; i < to; i++) _sent.Add((weights is null ? 1 : weights[i], rows[i]));
        }

        // Not an assertion: NUnit would report each of those that fail while FsCheck looks for a smaller case.
        private static void Check<T>(T actual, T expected, string what)
        {
            if (!EqualityComparer<T>.Default.Equals(actual, expected)) throw new InvalidOperationException($"{what}:\n{actual}\n instead of\n{expected}");
        }
    }
}
