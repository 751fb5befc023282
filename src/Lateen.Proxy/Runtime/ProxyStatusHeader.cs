using Lateen.Http;
using Lateen.Proxy.Http;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Runtime;

/// <summary>Tells the kind of failure in proxy-status (RFC 9209 §2.3), by response flags as Envoy does.</summary>
internal static class ProxyStatusHeader
{
    private static readonly HeaderName Name = HeaderName.Create("proxy-status");

    public static void Apply(HttpStream stream, ProxyStatusConfig config)
    {
        var error = ErrorOf(stream.Info.ResponseFlags, out var code);
        if (error.IsEmpty)
        {
            return;
        }

        var text = Scratch.Formatted;
        text.Write(config.Name);
        text.Write("; error="u8);
        text.Write(error);
        if (config.HasDetails && stream.Info.ResponseCodeDetails.Length > 0)
        {
            text.Write("; details=\""u8);
            WriteEscaped(text, stream.Info.ResponseCodeDetails);
            if (config.HasTerminationDetails && stream.Info.Connection.TerminationDetails is { Length: > 0 } details)
            {
                text.Write("; "u8);
                WriteEscaped(text, details);
            }

            if (config.HasFlags)
            {
                text.Write("; "u8);
                text.Advance(ResponseFlagNames.Format(
                    stream.Info.ResponseFlags, false, text.GetSpan(ResponseFlagNames.TextBytesMax)));
            }

            text.Write((byte)'"');
        }

        var index = stream.Response.IndexOf(Name);
        if (index < 0)
        {
            stream.Response.Add(Name, text.Written);
        }
        else
        {
            stream.Response.AppendValue(index, text.Written, ", "u8);
        }

        if (config.SetsCode && code > 0)
        {
            Span<byte> digits = stackalloc byte[3];
            code.TryFormat(digits, out var written);
            stream.Response.Set(HeaderId.Status, digits[..written]);
            stream.Info.ResponseCode = code;
        }
    }

    private static void WriteEscaped(ByteBuffer output, ReadOnlySpan<byte> text)
    {
        foreach (var b in text)
        {
            if (b is (byte)'"' or (byte)'\\')
            {
                output.Write((byte)'\\');
            }

            output.Write(b);
        }
    }

    /// <summary>The error of the first flag that stands for one, with the RFC's recommended status.</summary>
    private static ReadOnlySpan<byte> ErrorOf(ResponseFlags flags, out int code)
    {
        code = 0;
        for (var rest = (uint)flags; rest != 0; rest &= rest - 1)
        {
            var error = ErrorOfOne((ResponseFlags)(rest & ~(rest - 1)), ref code);
            if (!error.IsEmpty)
            {
                return error;
            }
        }

        return default;
    }

    private static ReadOnlySpan<byte> ErrorOfOne(ResponseFlags flag, scoped ref int code)
    {
        switch (flag)
        {
            case ResponseFlags.FailedLocalHealthCheck or ResponseFlags.NoHealthyUpstream
                or ResponseFlags.UpstreamRetryLimitExceeded or ResponseFlags.NoClusterFound:
                code = 503;
                return "destination_unavailable"u8;
            case ResponseFlags.UpstreamRequestTimeout or ResponseFlags.StreamIdleTimeout
                or ResponseFlags.UpstreamMaxStreamDurationReached:
                code = 504;
                return "http_response_timeout"u8;
            case ResponseFlags.LocalReset:
                code = 504;
                return "connection_timeout"u8;
            case ResponseFlags.UpstreamRemoteReset or ResponseFlags.UpstreamConnectionTermination:
                code = 502;
                return "connection_terminated"u8;
            case ResponseFlags.UpstreamConnectionFailure:
                code = 502;
                return "connection_refused"u8;
            case ResponseFlags.UpstreamOverflow or ResponseFlags.RateLimited or ResponseFlags.RateLimitServiceError:
                code = 503;
                return "connection_limit_reached"u8;
            case ResponseFlags.NoRouteFound:
                code = 500;
                return "destination_not_found"u8;
            case ResponseFlags.InvalidEnvoyRequestHeaders or ResponseFlags.DownstreamProtocolError:
                code = 400;
                return "http_request_error"u8;
            case ResponseFlags.NoFilterConfigFound:
                code = 500;
                return "proxy_configuration_error"u8;
            case ResponseFlags.UpstreamProtocolError:
                code = 502;
                return "http_protocol_error"u8;
            case ResponseFlags.DnsResolutionFailed:
                code = 502;
                return "dns_error"u8;
            default:
                return default;
        }
    }
}
