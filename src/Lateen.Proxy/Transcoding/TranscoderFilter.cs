using System.Text;
using Lateen.Http;
using Lateen.Proxy.Filters;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.Transcoding;

/// <summary>
/// The HTTP filter <c>grpc_json_transcoder</c>: clients of JSON call gRPC methods by the paths that
/// <c>google.api.http</c> gives them.
/// </summary>
internal sealed class TranscoderFilter : HttpFilter
{
    private static readonly HeaderName OriginalPath = HeaderName.Create("x-envoy-original-path");
    private static readonly HeaderName OriginalMethod = HeaderName.Create("x-envoy-original-method");

    public required TranscoderConfig Config { get; init; }

    public required TranscoderStats Stats { get; init; }

    public override HttpFilterResult OnRequest(HttpStream stream)
    {
        var config = Route.GetPerFilterConfig(stream.Info, Name) as TranscoderConfig ?? Config;
        var request = stream.Request;
        if (config.Methods is null || RouteMatcher.IsGrpc(request))
        {
            return HttpFilterResult.Continue;
        }
        var target = Encoding.UTF8.GetString(request.Get(HeaderId.Path));
        var question = target.IndexOf('?', StringComparison.Ordinal);
        var path = question < 0 ? target : target[..question];
        var verb = Encoding.ASCII.GetString(request.Get(HeaderId.Method));
        if (config.Methods.Find(verb, path, out var parts) is not var (method, template))
        {
            return config.RejectsUnknownMethods
                ? Refuse(stream, 404, $"Could not resolve {path} to a method.", "NOT_FOUND")
                : HttpFilterResult.Continue;
        }
        var builder = new RequestBuilder(config, method);
        var query = question < 0 ? "" : target[(question + 1)..];
        if (Bind(config, builder, template, parts, query) is { } fault)
        {
            return fault.IsUnknown && !config.RejectsUnknownParameters
                ? HttpFilterResult.Continue
                : Refuse(stream, 400, fault.Text, "INVALID_ARGUMENT");
        }
        return Begin(stream, config, builder);
    }

    public override HttpFilterStatus OnResponse(HttpStream stream, bool endStream) =>
        stream.GetState(this) is TranscodedCall call ? call.OnResponse(endStream) : HttpFilterStatus.Continue;

    public override HttpFilterStatus OnResponseBody(HttpStream stream, bool isComplete) =>
        ((TranscodedCall)stream.GetState(this)!).OnResponseBody(isComplete);

    private HttpFilterResult Begin(HttpStream stream, TranscoderConfig config, RequestBuilder builder)
    {
        var request = stream.Request;
        var contentType = request.Get(HeaderId.ContentType).ToArray();
        byte[]? body = null;
        if (stream.RequestPassed && !stream.HasBody)
        {
            if (builder.Method.TakesBytes)
            {
                body = GrpcFrames.Frame(builder.Bytes(contentType, [], true));
            }
            else if (builder.Build("", out var error) is { } messages)
            {
                body = [.. messages.SelectMany(GrpcFrames.Frame)];
            }
            else
            {
                return Refuse(stream, 400, error, "INVALID_ARGUMENT");
            }
        }
        request.Remove(HeaderId.ContentLength);
        request.Set(OriginalPath, request.Get(HeaderId.Path).ToArray());
        request.Set(OriginalMethod, request.Get(HeaderId.Method).ToArray());
        request.Set(HeaderId.ContentType, "application/grpc"u8);
        request.Set(HeaderId.Path, builder.Method.Path);
        request.Set(HeaderId.Method, "POST"u8);
        request.Set(HeaderId.TE, "trailers"u8);
        stream.SetState(this, new TranscodedCall(stream, config, builder.Method, Stats));
        stream.IsTranscoded = true;
        if (!config.KeepsRoute)
        {
            stream.RefreshRoute();
        }
        if (body is not null)
        {
            stream.ReplaceRequestBody(body);
        }
        else
        {
            stream.AddRequestStage(new TranscodedRequestStage(config, builder, contentType));
        }
        return HttpFilterResult.Continue;
    }

    private static (string Text, bool IsUnknown)? Bind(
        TranscoderConfig config, RequestBuilder builder, PathTemplate template, List<string> parts, string query)
    {
        foreach (var variable in template.Variables)
        {
            var end = variable.End >= 0 ? variable.End : parts.Count + variable.End + 1;
            var isMany = variable.End < 0 || end - variable.Start > 1;
            var spec = isMany ? config.Unescape : PathSegments.Unescape.All;
            var values = parts.Skip(variable.Start).Take(Math.Max(end - variable.Start, 0))
                .Select(part => PathSegments.Decode(part, spec));
            if (builder.Bind(variable.Field, string.Join('/', values)) is { } fault)
            {
                return fault;
            }
        }
        foreach (var parameter in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = parameter.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0 || Array.IndexOf(config.IgnoredParameters, parameter[..equals]) >= 0)
            {
                continue;
            }
            var value = PathSegments.Decode(parameter[(equals + 1)..], PathSegments.Unescape.All, config.PlusIsSpace);
            if (builder.Bind(parameter[..equals], value) is { } fault)
            {
                return fault;
            }
        }
        return null;
    }

    private static HttpFilterResult Refuse(HttpStream stream, int status, string text, string code)
    {
        stream.Info.ResponseCodeDetails = Encoding.ASCII.GetBytes($"early_grpc_json_transcode_failure{{{code}}}");
        return new HttpFilterResult(HttpFilterStatus.LocalReply, status, Encoding.UTF8.GetBytes(text));
    }
}
