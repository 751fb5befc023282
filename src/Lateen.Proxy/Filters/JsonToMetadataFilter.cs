using Lateen.Proxy.Routing;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.Filters;

/// <summary>The HTTP filter <c>json_to_metadata</c>.</summary>
internal sealed class JsonToMetadataFilter : HttpFilter
{
    private const int BodyBytesMax = 1024 * 1024;

    public required JsonToMetadataSettings Settings { get; init; }

    public override HttpFilterResult OnRequest(HttpStream stream)
    {
        if (SettingsFor(stream).Request is not { } rules || !rules.TryBegin(stream, stream.Request))
        {
            return HttpFilterResult.Continue;
        }
        if (stream.RequestPassed && stream.BufferedBody.IsEmpty)
        {
            rules.OnNoBody(stream);
            return HttpFilterResult.Continue;
        }
        return new HttpFilterResult(HttpFilterStatus.AwaitBody, BodyBytesMax: BodyBytesMax);
    }

    public override HttpFilterResult OnRequestBody(HttpStream stream, bool isComplete)
    {
        if (!isComplete)
        {
            return BufferFilter.Refuse(stream);
        }
        var body = new byte[stream.BufferedBody.Length];
        stream.BufferedBody.CopyTo(body);
        SettingsFor(stream).Request!.OnBody(stream, body);
        return HttpFilterResult.Continue;
    }

    public override HttpFilterStatus OnResponse(HttpStream stream, bool endStream)
    {
        if (SettingsFor(stream).Response is not { } rules || !rules.TryBegin(stream, stream.Response))
        {
            return HttpFilterStatus.Continue;
        }
        if (endStream)
        {
            rules.OnNoBody(stream);
            return HttpFilterStatus.Continue;
        }
        return HttpFilterStatus.AwaitBody;
    }

    public override HttpFilterStatus OnResponseBody(HttpStream stream, bool isComplete)
    {
        var held = stream.ResponsePath.Held;
        var body = new byte[held.Length];
        held.CopyTo(body);
        SettingsFor(stream).Response!.OnBody(stream, body);
        return HttpFilterStatus.Continue;
    }

    /// <summary>Settings of a route stand in place of the filter's; they stay for the request's whole life.</summary>
    private JsonToMetadataSettings SettingsFor(HttpStream stream)
    {
        if (stream.GetState(this) is JsonToMetadataSettings chosen)
        {
            return chosen;
        }
        chosen = Route.GetPerFilterConfig(stream.Info, Name) as JsonToMetadataSettings ?? Settings;
        stream.SetState(this, chosen);
        return chosen;
    }
}
