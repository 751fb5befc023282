using System.Text.Encodings.Web;
using System.Text.Json;

namespace Lateen.Injector;

/// <summary>How JSON is written into annotations and variables: short, and readable by people.</summary>
internal static class JsonText
{
    public static JsonSerializerOptions Compact { get; } = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };
}
