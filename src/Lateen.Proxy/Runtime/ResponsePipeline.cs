using Lateen.Http;
using Lateen.Proxy.Http;

namespace Lateen.Proxy.Runtime;

/// <summary>What the connection manager changes in response headers before the codec writes them.</summary>
internal static class ResponsePipeline
{
    internal static void Run(HttpStream stream)
    {
        var response = stream.Response;
        var config = stream.Config;
        if (!response.Contains(HeaderId.Date))
        {
            response.Add(HeaderId.Date, stream.Worker.Dates.Get(stream.Worker.Loop.UnixNanos));
        }

        if (config.ServerHeader == ServerHeaderTransformation.Overwrite
            || (config.ServerHeader == ServerHeaderTransformation.AppendIfAbsent
                && !response.Contains(HeaderId.Server)))
        {
            response.Set(HeaderId.Server, config.ServerName);
        }

        RemoveHopByHop(stream, response);
        if (config.AlwaysSetRequestIdInResponse && stream.Request.TryGet(HeaderId.XRequestId, out var id))
        {
            response.Set(HeaderId.XRequestId, id);
        }
        else if (stream.Request.Contains(HeaderId.XEnvoyForceTrace)
            && stream.Request.TryGet(HeaderId.XRequestId, out id))
        {
            response.Set(HeaderId.XRequestId, id);
        }

        if (config.Via.Length > 0)
        {
            Append(response, HeaderId.Via, config.Via);
        }

        if (config.ProxyStatus is { } status)
        {
            ProxyStatusHeader.Apply(stream, status);
        }
    }

    /// <summary>Joins to the last value with a comma and a space, as for via.</summary>
    internal static void Append(HeaderMap headers, HeaderId id, ReadOnlySpan<byte> value)
    {
        var index = headers.IndexOf(id);
        if (index < 0)
        {
            headers.Add(id, value);
        }
        else
        {
            headers.AppendValue(index, value, ", "u8);
        }
    }

    private static void RemoveHopByHop(HttpStream stream, HeaderMap response)
    {
        var isUpgrade = stream.IsUpgrade && response.Contains(HeaderId.Upgrade) && stream.Info.ResponseCode == 101;
        if (!isUpgrade)
        {
            response.Remove(HeaderId.Connection);
            response.Remove(HeaderId.Upgrade);
        }

        response.Remove(HeaderId.TransferEncoding);
        response.Remove(HeaderId.KeepAlive);
        response.Remove(HeaderId.ProxyConnection);
    }
}
