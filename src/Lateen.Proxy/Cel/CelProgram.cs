using System.Globalization;
using Lateen.Proxy.AccessLog;
using Lateen.Proxy.Config;
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

    public static bool TryParse(string text, out CelProgram? program, out string error)
    {
        program = CelParser.Parse(text, out error) is { } root ? new CelProgram(root) : null;
        return program is not null;
    }

    /// <summary>Whether the result is true; errors and other types are not.</summary>
    public bool IsTrue(StreamInfo info, AccessLogType type) => _root.Run(CelEvaluation.Begin(info, type)).IsTrue;

    /// <summary>Writes the result as text; false when it is an error.</summary>
    public bool TryWrite(ByteBuffer output, StreamInfo info, AccessLogType type)
    {
        var evaluation = CelEvaluation.Begin(info, type);
        var value = _root.Run(evaluation);
        switch (value.Kind)
        {
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
                output.Write(JsonText.NumberText(value.Number));
                return true;
            case CelKind.Text:
                output.Write(evaluation.TextOf(value));
                return true;
            default:
                return false;
        }
    }
}
