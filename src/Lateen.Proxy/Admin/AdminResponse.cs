using System.Text;

namespace Lateen.Proxy.Admin;

/// <summary>An answer of the admin port.</summary>
internal sealed record AdminResponse(int Status, string ContentType, byte[] Body)
{
    /// <summary>Goes on with the answer after the body; null: the body is all.</summary>
    public AdminStream? Stream { get; init; }

    public static AdminResponse Ok { get; } = Text("OK\n");

    public static AdminResponse Text(string text, int status = 200) =>
        new(status, "text/plain; charset=UTF-8", Encoding.UTF8.GetBytes(text));

    public static AdminResponse Json(string text, int status = 200) =>
        new(status, "application/json", Encoding.UTF8.GetBytes(text));
}
