// Every error a user can cause has an SLQ code; docs/errors.md has a heading per code.
using System.Linq.Expressions;

namespace StreamLinq;

/// <summary>An error of StreamLinq, with its code.</summary>
public class StreamLinqException : Exception
{
    /// <summary>Makes the exception; the message begins with the code.</summary>
    public StreamLinqException(string code, string message, Exception? inner = null) : base($"{code}: {message}", inner) => Code = code;

    /// <summary>The code, SLQ and four digits.</summary>
    public string Code { get; }

    /// <inheritdoc />
    public override string? HelpLink { get => base.HelpLink ?? Diagnostics.Link(Code); set => base.HelpLink = value; }
}

/// <summary>The query is not legal. Thrown before anything runs, with what failed, where in the query, and what to write instead.</summary>
public sealed class QueryTranslationException : StreamLinqException
{
    /// <summary>Makes the exception.</summary>
    public QueryTranslationException(string code, string message, Expression node) : base(code, message) => Node = node;

    /// <summary>The place in the query.</summary>
    public Expression Node { get; }
}
