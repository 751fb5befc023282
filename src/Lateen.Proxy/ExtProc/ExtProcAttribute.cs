using Google.Protobuf.WellKnownTypes;
using Lateen.Proxy.AccessLog;
using Lateen.Proxy.Cel;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.ExtProc;

/// <summary>An attribute that the processing service is told.</summary>
/// <param name="Name">The expression's text.</param>
/// <param name="Program">What gives its value.</param>
internal sealed record ExtProcAttribute(string Name, CelProgram Program)
{
    /// <summary>The values of attributes by name; those that are errors are left out.</summary>
    public static Struct Of(ExtProcAttribute[] attributes, StreamInfo info)
    {
        var fields = new Struct();
        foreach (var attribute in attributes)
        {
            if (attribute.Read(info) is { } value)
            {
                fields.Fields[attribute.Name] = value;
            }
        }
        return fields;
    }

    private Value? Read(StreamInfo info)
    {
        var value = Program.Run(CelEvaluation.Begin(info, AccessLogType.NotSet));
        switch (value.Kind)
        {
            case CelKind.Error:
                return null;
            case CelKind.Null:
                return Value.ForNull();
            case CelKind.Bool:
                return Value.ForBool(value.IsTrue);
            case CelKind.Double or CelKind.Int or CelKind.Uint:
                return Value.ForNumber(value.Number);
            default:
                var text = new ByteBuffer();
                Program.TryWrite(text, info, AccessLogType.NotSet);
                return Value.ForString(System.Text.Encoding.UTF8.GetString(text.Written));
        }
    }
}
