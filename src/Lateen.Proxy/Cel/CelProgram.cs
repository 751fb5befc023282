using System.Globalization;
using Google.Api.Expr.V1Alpha1;
using Lateen.Proxy.AccessLog;
using Lateen.Proxy.Formatting;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Cel;

/// <summary>
/// A parsed expression in the Common Expression Language over Envoy's attributes. Immutable. Source:
/// github.com/google/cel-spec, Envoy's <c>advanced/attributes</c>.
/// </summary>
internal sealed class CelProgram
{
    private readonly CelNode _root;

    private CelProgram(CelNode root) => _root = root;

    public static bool TryParse(string text, out CelProgram? program, out string error) =>
        TryParse(text, CelNames.Attributes, out program, out error);

    public static bool TryParse(string text, CelNames names, out CelProgram? program, out string error)
    {
        program = CelParser.Parse(text, names, out error) is { } root ? new CelProgram(root) : null;
        return program is not null;
    }

    /// <summary>Takes an expression that was parsed elsewhere.</summary>
    public static bool TryRead(Expr? expression, out CelProgram? program, out string error)
    {
        program = null;
        error = "an expression is required";
        if (expression is not null && CelExpressionReader.Read(expression, out error) is { } root)
        {
            program = new CelProgram(root);
        }
        return program is not null;
    }

    /// <summary>Works the expression out; texts of the result lie in the evaluation.</summary>
    public CelValue Run(CelEvaluation evaluation) => _root.Run(evaluation);

    /// <summary>Whether the result is true; errors and other types are not.</summary>
    public bool IsTrue(StreamInfo info, AccessLogType type) => _root.Run(CelEvaluation.Begin(info, type)).IsTrue;

    /// <summary>Writes the result as text; false when it is an error.</summary>
    /// <summary>The value as JSON of its own type; false: an error, or nothing that JSON can hold.</summary>
    public bool TryWriteJson(ByteBuffer output, StreamInfo info, AccessLogType type, int lengthMax)
    {
        var evaluation = CelEvaluation.Begin(info, type);
        var value = _root.Run(evaluation);
        return value.Kind != CelKind.Error && CelJson.TryWrite(output, evaluation, value, lengthMax);
    }

    public bool TryWrite(ByteBuffer output, StreamInfo info, AccessLogType type)
    {
        var evaluation = CelEvaluation.Begin(info, type);
        var value = _root.Run(evaluation);
        switch (value.Kind)
        {
            case CelKind.Error:
                return false;
            case CelKind.Null:
                output.Write("NULL"u8);
                return true;
            case CelKind.Bool:
                output.Write(value.IsTrue ? "true"u8 : "false"u8);
                return true;
            case CelKind.Int:
                output.Write(value.Bits);
                return true;
            case CelKind.Uint:
                output.Write(((ulong)value.Bits).ToString(CultureInfo.InvariantCulture));
                return true;
            case CelKind.Double:
                output.Write(NumberText.Of(value.Number));
                return true;
            case CelKind.Text or CelKind.Bytes:
                output.Write(evaluation.TextOf(value));
                return true;
            case CelKind.Timestamp:
                CelTime.WriteTimestamp(output, value, "+00:00");
                return true;
            case CelKind.Duration:
                CelTime.WriteAbslDuration(output, value.Bits);
                return true;
            default:
                output.Write(value.Kind switch
                {
                    CelKind.List => "CelList value"u8,
                    CelKind.Type => "CelType value"u8,
                    _ => "CelMap value"u8,
                });
                return true;
        }
    }
}
