namespace Lateen.ControlPlane.Debug;

/// <summary>One answer over HTTP.</summary>
internal sealed record StatusPage(int Status, string ContentType, string Text)
{
    public static StatusPage Json(string text) => new(200, "application/json", text);

    public static StatusPage Plain(string text, int status = 200) => new(status, "text/plain; charset=utf-8", text);
}
