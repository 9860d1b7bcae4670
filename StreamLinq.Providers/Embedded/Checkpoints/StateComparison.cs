// Compares the state that a checkpoint keeps with the state that a query wants, operator by operator, and plans what becomes of each table.
// An operator is found by its name, and one that computes exactly the same under another name by that. What happens to an operator happens to those that read it:
// rows of a table that begins empty come again, so what counted them must begin empty too.
using System.Text.RegularExpressions;

namespace StreamLinq.Embedded;

/// <summary>The state of a query as it is written down.</summary>
internal sealed record QueryState(string Query, IReadOnlyList<string> Sources, IReadOnlyDictionary<string, string> SourceRows, IReadOnlyList<StoredOperator> Tables);

/// <summary>What becomes of a table of the query at hand.</summary>
/// <param name="Now">The table; its number is not known yet unless it stays.</param>
/// <param name="Stored">Whose entries it takes over; null: it begins empty.</param>
/// <param name="Conversion">How they are rewritten; null: not at all.</param>
internal sealed record TablePlan(StoredOperator Now, StoredOperator? Stored, EntryConversion? Conversion);

internal sealed class StateComparison
{
    private readonly QueryState _stored;
    private readonly QueryState _now;
    private readonly AllowedStateChanges _allowed;
    private readonly List<Verdict> _verdicts = [];
    private readonly List<TablePlan> _watermarks = [];

    private StateComparison(QueryState stored, QueryState now, AllowedStateChanges allowed)
    {
        _stored = stored with { Tables = [.. stored.Tables.Select(t => Renamed(t, allowed.Renamed))], SourceRows = stored.SourceRows.ToDictionary(r => r.Key, r => InSchema(r.Value, allowed.Renamed)) };
        _now = now;
        _allowed = allowed;
    }

    /// <summary>Compares. Throws <see cref="FormatException"/> if what is stored does not hold together.</summary>
    internal static StateComparison Of(QueryState stored, QueryState now, AllowedStateChanges? allowed)
    {
        var comparison = new StateComparison(stored, now, allowed ?? new AllowedStateChanges());
        comparison.Match();
        comparison.Spread();
        return comparison;
    }

    internal StateChanges ToChanges(string location)
    {
        var sources = _now.Sources.Union(_stored.Sources, StringComparer.Ordinal).Select(name => (Name: name, Kind:
            !_stored.Sources.Contains(name, StringComparer.Ordinal) ? StateChangeKind.Added : !_now.Sources.Contains(name, StringComparer.Ordinal) ? StateChangeKind.Dropped : StateChangeKind.Kept));
        return new StateChanges(location,
        [
            .. sources.Select(s => new StateChange(s.Name, true, s.Kind, [], IsAllowed(s.Kind, s.Name))),
            .. _verdicts.Select(v => new StateChange(v.Name, false, v.Kind, [.. v.Reasons.Distinct()], IsAllowed(v.Kind, v.Name))),
        ]);
    }

    /// <summary>What becomes of each table.</summary>
    internal IReadOnlyList<TablePlan> Plan(DateTimeOffset now) => [.. _verdicts.SelectMany(v => v.Plan(now)), .. _watermarks];

    private bool IsAllowed(StateChangeKind kind, string name) => kind switch
    {
        StateChangeKind.Kept or StateChangeKind.Converted => true,
        StateChangeKind.Partial => _allowed.Partial.Contains(name),
        StateChangeKind.Reset => _allowed.Reset.Contains(name),
        StateChangeKind.Added => _allowed.Added.Contains(name),
        StateChangeKind.Dropped => _allowed.Dropped.Contains(name),
        _ => false,
    };

    private void Match()
    {
        var stored = Operators(_stored.Tables.Where(t => t.Kind != StateKind.Watermark));
        var now = Operators(_now.Tables.Where(t => t.Kind != StateKind.Watermark));
        var found = new Dictionary<string, IReadOnlyList<StoredOperator>>(StringComparer.Ordinal);
        foreach (var (name, tables) in now)
            if (stored.TryGetValue(name, out var old) && Signature(old) == Signature(tables)) Take(name, name);

        var bySignature = stored.GroupBy(s => Signature(s.Value)).ToDictionary(g => g.Key, g => g.Select(s => s.Key).ToList());
        foreach (var same in now.Where(n => !found.ContainsKey(n.Key)).GroupBy(n => Signature(n.Value)).ToList())
            if (same.ToList() is [var only] && bySignature.TryGetValue(same.Key, out var names) && names is [var alone]) Take(only.Key, alone);

        foreach (var (name, tables) in now)
        {
            if (!found.ContainsKey(name) && stored.ContainsKey(name)) Take(name, name);
            _verdicts.Add(new Verdict(name, tables, found.GetValueOrDefault(name), _stored.SourceRows));
        }

        _verdicts.AddRange(stored.Select(s => new Verdict(s.Key)));
        foreach (var table in _now.Tables.Where(t => t.Kind == StateKind.Watermark))
        {
            var old = _stored.Tables.Where(t => t.Kind == StateKind.Watermark && t.Schema == table.Schema).OrderByDescending(t => t.Input == table.Input).ThenByDescending(t => t.Name == table.Name)
                .FirstOrDefault(t => (t.Input == table.Input || t.Name == table.Name) && _watermarks.All(w => w.Stored != t));
            _watermarks.Add(new TablePlan(table, old, null));
        }

        void Take(string name, string oldName)
        {
            found[name] = stored[oldName];
            stored.Remove(oldName);
        }
    }

    private static Dictionary<string, IReadOnlyList<StoredOperator>> Operators(IEnumerable<StoredOperator> tables) =>
        tables.GroupBy(t => t.Operator, StringComparer.Ordinal).ToDictionary(g => g.Key, g => (IReadOnlyList<StoredOperator>)[.. g], StringComparer.Ordinal);

    private static string Signature(IReadOnlyList<StoredOperator> tables) => string.Join('\n', tables.Select(t =>
        $"{t.Kind} {t.Role} {t.Schema} {t.Shape} {t.Input} {t.ReadsTable} by {string.Join(", ", t.Key.Select(k => k.Text))}: {string.Join(", ", t.Values.Select(v => v.Text))}"));

    private void Spread()
    {
        var byName = _verdicts.Where(v => v.Now.Count > 0).ToDictionary(v => v.Name, StringComparer.Ordinal);
        foreach (var verdict in _verdicts)
            if (verdict.Kind == StateChangeKind.Partial && !_allowed.Partial.Contains(verdict.Name) && _allowed.Reset.Contains(verdict.Name)) verdict.Raise(StateChangeKind.Reset, "as it is allowed to");

        // Operators stand upstream first. A table that must be sent again from its beginning is found from below, so all are looked at until nothing moves.
        for (var moved = true; moved;)
        {
            moved = false;
            foreach (var (verdict, upstream) in Edges())
            {
                if (upstream.IsEmpty && !verdict.IsEmpty && upstream.IsTable) moved |= verdict.Raise(StateChangeKind.Reset, $"it reads the table of '{upstream.Name}', whose rows all come anew");
                else if (upstream.IsEmpty || upstream.MissesRows) moved |= verdict.MissRows($"'{upstream.Name}', which it reads, {(upstream.IsEmpty ? "begins empty" : "is right only for rows from now on")}");
                if (verdict.IsEmpty && !upstream.IsEmpty && upstream.IsTable && _allowed.Reset.Contains(upstream.Name) && (_allowed.Reset.Contains(verdict.Name) || _allowed.Added.Contains(verdict.Name)))
                    moved |= upstream.Raise(StateChangeKind.Reset, $"'{verdict.Name}', which reads its table, begins empty");
            }
        }

        foreach (var (verdict, upstream) in Edges().ToList())
            if (verdict.IsEmpty && !upstream.IsEmpty && upstream.IsTable) verdict.Forbid($"it would begin empty, and the table of '{upstream.Name}' goes on with rows that it was never told: begin that one empty too, with Reset = [\"{upstream.Name}\"]");

        IEnumerable<(Verdict, Verdict)> Edges() => from v in _verdicts where v.Now.Count > 0 from u in v.Now[0].Reads where byName.ContainsKey(u) select (v, byName[u]);
    }

    private static StoredOperator Renamed(StoredOperator table, IReadOnlyDictionary<string, string> names) => names.Count == 0 ? table : table with
    {
        Schema = InSchema(table.Schema, names),
        Input = InText(table.Input, names),
        Shape = InText(table.Shape, names),
        Role = InText(table.Role, names),
        Key = [.. table.Key.Select(k => k with { Text = InText(k.Text, names) })],
        Values = [.. table.Values.Select(k => k with { Text = InText(k.Text, names) })],
    };

    private static string InText(string text, IReadOnlyDictionary<string, string> names) =>
        Regex.Replace(text, @"(?<=\.)\w+\b(?!\()", m => names.GetValueOrDefault(m.Value, m.Value), RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));

    private static string InSchema(string schema, IReadOnlyDictionary<string, string> names) =>
        Regex.Replace(schema, @"(?<=[{,])\w+(?=:)", m => names.GetValueOrDefault(m.Value, m.Value), RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));

    // What becomes of one operator.
    private sealed class Verdict
    {
        private readonly IReadOnlyList<StoredOperator> _stored = [];
        private readonly Dictionary<string, TableComparison> _tables = new(StringComparer.Ordinal);

        internal Verdict(string name)
        {
            Name = name;
            Kind = StateChangeKind.Dropped;
        }

        internal Verdict(string name, IReadOnlyList<StoredOperator> now, IReadOnlyList<StoredOperator>? stored, IReadOnlyDictionary<string, string> storedRows)
        {
            Name = name;
            Now = now;
            Kind = stored is null ? StateChangeKind.Added : StateChangeKind.Kept;
            if (stored is null) return;
            _stored = stored;
            var (before, after) = (stored[0], now[0]);
            if (before.Operator != name) Reasons.Add($"it was named '{before.Operator}'");
            if (before.Kind != after.Kind || before.Shape != after.Shape || before.ReadsTable != after.ReadsTable)
            {
                Raise(StateChangeKind.Reset, $"it was {before.Shape} and is {after.Shape}");
                return;
            }

            if (before.Input != after.Input)
            {
                var reason = $"its rows were {before.Input} and are {after.Input}";
                if (after.ReadsTable) Raise(StateChangeKind.Reset, reason);
                else MissRows(reason);
            }

            CompareTables(storedRows);
        }

        internal string Name { get; }

        internal IReadOnlyList<StoredOperator> Now { get; } = [];

        internal StateChangeKind Kind { get; private set; }

        internal List<string> Reasons { get; } = [];

        internal bool MissesRows { get; private set; }

        internal bool IsTable => Now[0].IsTable;

        internal bool IsEmpty => Kind is StateChangeKind.Reset or StateChangeKind.Added or StateChangeKind.Impossible;

        private void CompareTables(IReadOnlyDictionary<string, string> storedRows)
        {
            foreach (var table in Now)
            {
                if (_stored.FirstOrDefault(s => s.Role == table.Role) is not { } old)
                {
                    if (table.Kind == StateKind.Cells) Raise(StateChangeKind.Partial, $"its state '{table.Role}' is new");
                    continue;
                }

                var comparison = TableComparison.Of(old, table, storedRows);
                _tables[table.Role] = comparison;
                foreach (var reason in comparison.Reasons) Raise(comparison.Kind, table.Kind == StateKind.Cells && table.Role.Length > 0 ? $"state '{table.Role}': {reason}" : reason);
            }

            foreach (var old in _stored.Where(s => s.Kind == StateKind.Cells && Now.All(t => t.Role != s.Role))) Raise(StateChangeKind.Converted, $"its state '{old.Role}' is dropped");
        }

        internal bool Raise(StateChangeKind kind, string reason)
        {
            if (Kind is StateChangeKind.Added or StateChangeKind.Dropped) return false;
            var isNews = kind > Kind;
            if (isNews) Kind = kind;
            if (kind == StateChangeKind.Reset && isNews) Reasons.Clear();
            if ((Kind < StateChangeKind.Reset || kind == Kind) && !Reasons.Contains(reason)) Reasons.Add(reason);
            return isNews;
        }

        internal bool MissRows(string reason)
        {
            if (IsEmpty || MissesRows) return false;
            MissesRows = true;
            Raise(StateChangeKind.Partial, reason);
            return true;
        }

        internal void Forbid(string reason)
        {
            if (Kind != StateChangeKind.Impossible) Reasons.Add(reason);
            Kind = StateChangeKind.Impossible;
        }

        internal IEnumerable<TablePlan> Plan(DateTimeOffset now)
        {
            foreach (var table in Now)
            {
                var old = IsEmpty ? null : _stored.FirstOrDefault(s => s.Role == table.Role);
                var since = Kind is StateChangeKind.Kept or StateChangeKind.Converted ? _stored[0].CompleteSince : now;
                yield return new TablePlan(table with { CompleteSince = since }, old, old is null ? null : _tables.GetValueOrDefault(table.Role)?.Conversion);
            }
        }
    }
}
