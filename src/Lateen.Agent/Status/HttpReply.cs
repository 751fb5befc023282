using System.Text;

namespace Lateen.Agent.Status;

/// <summary>What the agent answers, or what it was answered.</summary>
/// <param name="Status">Status code.</param>
/// <param name="ContentType">Empty for none.</param>
/// <param name="Body">May be empty.</param>
public sealed record HttpReply(int Status, string ContentType, byte[] Body)
{
    /// <summary>Text as UTF-8.</summary>
    public static HttpReply Text(int status, string body) =>
        new(status, "text/plain; charset=utf-8", Encoding.UTF8.GetBytes(body));

    /// <summary>A status without a body.</summary>
    public static HttpReply Empty(int status) => new(status, "", []);

    /// <summary>The body as text.</summary>
    public string BodyText => Encoding.UTF8.GetString(Body);

    /// <summary>Where a redirect leads; null for others.</summary>
    public string? Location { get; init; }
}
