using Lateen.Pilot.Model;

namespace Lateen.Pilot.Listeners;

/// <summary>One way in which a connection to a port may come, and what it is taken for.</summary>
/// <param name="Http">It goes to an HTTP connection manager.</param>
/// <param name="Transport"><c>tls</c> or <c>raw_buffer</c>.</param>
/// <param name="Alpn">Application protocols, none for any.</param>
/// <param name="Terminates">TLS ends here.</param>
internal sealed record InboundChainMatch(bool Http, string Transport, string[] Alpn, bool Terminates)
{
    private const string Tls = "tls";
    private const string Plain = "raw_buffer";

    /// <summary>The ways for a port, by its mode and protocol (Istio contract, filter chain matches).</summary>
    internal static InboundChainMatch[] For(MutualTlsMode mode, Protocol protocol, string[] plaintextHttp)
    {
        return protocol.IsHttp() ? ForHttp(mode) : protocol.IsAuto() ? ForAny(mode, plaintextHttp) : ForTcp(mode);
    }

    /// <summary>The only way for a port whose TLS a Sidecar declares.</summary>
    internal static InboundChainMatch[] ForDeclaredTls(Protocol protocol)
    {
        return [new InboundChainMatch(protocol.IsHttp(), Tls, [], Terminates: true)];
    }

    private static InboundChainMatch[] ForHttp(MutualTlsMode mode)
    {
        return mode switch
        {
            MutualTlsMode.Strict => [new InboundChainMatch(true, Tls, [], true)],
            MutualTlsMode.Permissive =>
            [
                new InboundChainMatch(true, Tls, Listeners.Alpn.MutualTlsAll, true),
                new InboundChainMatch(true, Plain, [], false),
            ],
            _ => [new InboundChainMatch(true, Plain, [], false)],
        };
    }

    private static InboundChainMatch[] ForTcp(MutualTlsMode mode)
    {
        return mode switch
        {
            MutualTlsMode.Strict => [new InboundChainMatch(false, Tls, [], true)],
            MutualTlsMode.Permissive =>
            [
                new InboundChainMatch(false, Tls, Listeners.Alpn.MutualTlsAll, true),
                new InboundChainMatch(false, Tls, [], false),
                new InboundChainMatch(false, Plain, [], false),
            ],
            _ => [new InboundChainMatch(false, Plain, [], false)],
        };
    }

    private static InboundChainMatch[] ForAny(MutualTlsMode mode, string[] plaintextHttp)
    {
        return mode switch
        {
            MutualTlsMode.Strict =>
            [
                new InboundChainMatch(true, Tls, Listeners.Alpn.MutualTlsHttp, true),
                new InboundChainMatch(false, Tls, [], true),
            ],
            MutualTlsMode.Permissive =>
            [
                new InboundChainMatch(true, Tls, Listeners.Alpn.MutualTlsHttp, true),
                new InboundChainMatch(true, Plain, plaintextHttp, false),
                new InboundChainMatch(false, Tls, Listeners.Alpn.MutualTlsTcp, true),
                new InboundChainMatch(false, Plain, [], false),
                new InboundChainMatch(false, Tls, [], false),
            ],
            _ =>
            [
                new InboundChainMatch(true, Plain, plaintextHttp, false),
                new InboundChainMatch(false, Plain, [], false),
            ],
        };
    }
}
