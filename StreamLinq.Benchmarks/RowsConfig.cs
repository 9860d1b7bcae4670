// What the benchmarks over rows have in common: columns per row instead of per operation, and one operation per iteration, since an operation is millions of rows already.
using System.Globalization;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace StreamLinq.Benchmarks;

internal sealed class RowsConfig : ManualConfig
{
    public RowsConfig()
    {
        AddJob(Job.Default.WithWarmupCount(2).WithIterationCount(9).WithInvocationCount(1).WithUnrollFactor(1));
        AddColumn(new PerRow("rows/s", "Rows read per second", (report, _) => report.ResultStatistics is { } time ? IncrementalGroupByBenchmarks.RowsPerOperation / (time.Median / 1e9) : double.NaN, "N0"));
        AddColumn(new PerRow("bytes/row", "Bytes allocated by all threads per row read",
            (report, benchmark) => report.GcStats.GetBytesAllocatedPerOperation(benchmark) is { } bytes ? (double)bytes / IncrementalGroupByBenchmarks.RowsPerOperation : double.NaN, "F2"));
    }

    private sealed class PerRow(string name, string legend, Func<BenchmarkReport, BenchmarkCase, double> value, string format) : IColumn
    {
        public string Id => name;

        public string ColumnName => name;

        public string Legend => legend;

        public bool AlwaysShow => true;

        public ColumnCategory Category => ColumnCategory.Custom;

        public int PriorityInCategory => 0;

        public bool IsNumeric => true;

        public UnitType UnitType => UnitType.Dimensionless;

        public string GetValue(Summary summary, BenchmarkCase benchmarkCase) =>
            summary[benchmarkCase] is { } report ? value(report, benchmarkCase).ToString(format, CultureInfo.InvariantCulture) : "?";

        public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style) => GetValue(summary, benchmarkCase);

        public bool IsAvailable(Summary summary) => true;

        public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;
    }
}
