using System.Text;
using Envoy.Config.Core.V3;
using Envoy.Service.Auth.V3;
using Google.Protobuf;
using Lateen.Net;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Streams;
using Address = Lateen.Proxy.Addresses.Address;

namespace Lateen.Proxy.Network;

/// <summary>Asks an authorization service about a connection and holds its bytes until the answer.</summary>
internal sealed class ExtAuthzNetworkFilter(NetworkFilterChain chain, ExtAuthzNetworkConfig config) : NetworkFilter
{
    private const string MetadataNamespace = "envoy.filters.network.ext_authz";

    private static readonly byte[] CheckPath = [.. "/envoy.service.auth.v3.Authorization/Check"u8];

    private HttpCall? _call;
    private bool _isOver;

    internal override bool OnData()
    {
        if (_isOver || _call is not null)
        {
            return _isOver;
        }

        var worker = chain.Downstream.Worker;
        if (config.EnabledMetadata is { } enabled && !enabled.IsMatch(chain.Stream.Metadata))
        {
            config.Stats.CountDisabled(worker.Index);
            _isOver = true;
            return true;
        }

        config.Stats.CountStart(worker.Index);
        if (config.Cluster.Current is not { } cluster)
        {
            return Decide(null);
        }

        var isInside = true;
        bool? verdict = null;
        var call = GrpcCheck.Start(worker, cluster, config.Authority, CheckPath, Build().ToByteArray(),
            config.TimeoutNanos, answer =>
            {
                _call = null;
                verdict = Decide(answer);
                if (!isInside && verdict == true)
                {
                    chain.ContinueData();
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

    internal override void OnClosed()
    {
        if (_call is { } call)
        {
            _call = null;
            config.Stats.CountEnd(chain.Downstream.Worker.Index);
            call.Cancel();
        }
    }

    /// <summary>True: the connection goes on; else it is closed.</summary>
    private bool Decide(byte[]? answer)
    {
        var worker = chain.Downstream.Worker.Index;
        config.Stats.CountEnd(worker);
        _isOver = true;
        if (Parse(answer) is not { } response)
        {
            config.Stats.CountError(worker);
            if (config.FailureModeAllow)
            {
                config.Stats.CountAllowed(worker);
                return true;
            }

            Refuse("ext_authz_error"u8);
            return false;
        }

        foreach (var (key, value) in response.DynamicMetadata?.Fields ?? [])
        {
            chain.Stream.SetMetadata(MetadataNamespace, key, MetadataValues.Unwrap(value)!);
        }

        if ((response.Status?.Code ?? 0) == 0)
        {
            config.Stats.CountOk(worker);
            return true;
        }

        config.Stats.CountRefused(worker);
        Refuse("ext_authz_denied"u8);
        return false;
    }

    private void Refuse(ReadOnlySpan<byte> details)
    {
        config.Stats.CountClosed(chain.Downstream.Worker.Index);
        chain.Stream.ResponseFlags |= ResponseFlags.UnauthorizedExternalService;
        chain.Stream.ResponseCodeDetails = details.ToArray();
        chain.Downstream.Connection.Close(CloseType.NoFlush);
    }

    private static CheckResponse? Parse(byte[]? answer)
    {
        try
        {
            return answer is null ? null : CheckResponse.Parser.ParseFrom(answer);
        }
        catch (InvalidProtocolBufferException)
        {
            // A service that answers with something else has failed.
            return null;
        }
    }

    private CheckRequest Build()
    {
        var info = chain.Downstream.Info;
        var attributes = new AttributeContext
        {
            Source = Peer(info.RemoteAddress, info.Tls?.PeerUriSans, info.Tls?.PeerDnsSans, info.Tls?.PeerSubject),
            Destination = Peer(info.LocalAddress, info.Tls?.LocalUriSans, info.Tls?.LocalDnsSans,
                info.Tls?.LocalSubject),
            MetadataContext = new Metadata(),
        };
        if (config.IncludePeerCertificate)
        {
            attributes.Source.Certificate = Text(info.Tls?.PeerCertificatePem);
        }

        if (config.IncludeTlsSession && chain.Downstream.Connection.Tls is { } tls)
        {
            attributes.TlsSession = new AttributeContext.Types.TLSSession { Sni = Text(tls.ServerName) };
        }

        return new CheckRequest { Attributes = attributes };
    }

    private static AttributeContext.Types.Peer Peer(Address address, byte[][]? uris, byte[][]? names, byte[]? subject)
    {
        var peer = new AttributeContext.Types.Peer
        {
            Principal = uris is { Length: > 0 } ? Text(uris[0]) : names is { Length: > 0 } ? Text(names[0])
                : Text(subject),
            Address = new Envoy.Config.Core.V3.Address(),
        };
        if (address.IsPipe)
        {
            peer.Address.Pipe = new Pipe { Path = address.Path };
        }
        else
        {
            peer.Address.SocketAddress = new SocketAddress
            {
                Address = address.Ip.IsEmpty ? "" : address.Ip.ToString(),
                PortValue = (uint)address.Port,
            };
        }

        return peer;
    }

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);
}
