using Envoy.Extensions.Common.Ratelimit.V3;
using Envoy.Service.Ratelimit.V3;
using Google.Protobuf;
using Lateen.Net;
using Lateen.Proxy.AccessLog;
using Lateen.Proxy.Formatting;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Network;

/// <summary>Asks the rate limit service whether a new connection may go on.</summary>
internal sealed class RateLimitNetworkFilter(NetworkFilterChain chain, RateLimitNetworkConfig config) : NetworkFilter
{
    private static readonly byte[] LimitPath = [.. "/envoy.service.ratelimit.v3.RateLimitService/ShouldRateLimit"u8];

    private HttpCall? _call;
    private bool _isWaiting;

    internal override bool OnNewConnection()
    {
        var worker = chain.Downstream.Worker;
        config.Stats.CountStart(worker.Index);
        if (config.Cluster.Current is not { } cluster)
        {
            return Decide(null);
        }

        var isInside = true;
        bool? verdict = null;
        _isWaiting = true;
        var call = GrpcCheck.Start(worker, cluster, config.Authority, LimitPath, Build().ToByteArray(),
            config.TimeoutNanos, answer =>
            {
                _call = null;
                verdict = Decide(answer);
                if (!isInside && verdict == true)
                {
                    chain.ContinueConnect();
                }
            });
        isInside = false;
        if (verdict is { } known)
        {
            return known;
        }

        _call = call;
        return false;
    }

    internal override bool OnData() => !_isWaiting;

    internal override void OnClosed()
    {
        if (_call is { } call)
        {
            _call = null;
            config.Stats.CountEnd(chain.Downstream.Worker.Index);
            call.Cancel();
        }
    }

    private bool Decide(byte[]? answer)
    {
        var worker = chain.Downstream.Worker.Index;
        config.Stats.CountEnd(worker);
        _isWaiting = false;
        switch (Parse(answer)?.OverallCode)
        {
            case null:
                config.Stats.CountError(worker);
                if (config.FailureModeDeny)
                {
                    Refuse();
                    return false;
                }

                config.Stats.CountAllowed(worker);
                return true;
            case RateLimitResponse.Types.Code.OverLimit:
                config.Stats.CountRefused(worker);
                Refuse();
                return false;
            default:
                config.Stats.CountOk(worker);
                return true;
        }
    }

    private void Refuse()
    {
        config.Stats.CountClosed(chain.Downstream.Worker.Index);
        chain.Stream.ResponseFlags |= ResponseFlags.RateLimited;
        chain.Downstream.Connection.Close(CloseType.NoFlush);
    }

    private static RateLimitResponse? Parse(byte[]? answer)
    {
        try
        {
            return answer is null ? null : RateLimitResponse.Parser.ParseFrom(answer);
        }
        catch (InvalidProtocolBufferException)
        {
            // A service that answers with something else has failed.
            return null;
        }
    }

    private RateLimitRequest Build()
    {
        var request = new RateLimitRequest { Domain = config.Domain };
        foreach (var descriptor in config.Descriptors)
        {
            var proto = new RateLimitDescriptor();
            foreach (var (key, format) in descriptor)
            {
                var value = Scratch.Formatted;
                format.Write(value, chain.Stream, new FormatContext(AccessLogType.NotSet), default);
                proto.Entries.Add(new RateLimitDescriptor.Types.Entry { Key = key, Value = value.ToString() });
            }

            request.Descriptors.Add(proto);
        }

        return request;
    }
}
