using System.Net;
using Envoy.Config.Cluster.V3;
using Envoy.Config.Core.V3;
using Envoy.Config.Endpoint.V3;
using Envoy.Extensions.TransportSockets.Tls.V3;
using Envoy.Type.Matcher.V3;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Lateen.Agent.Bootstrap;
using Lateen.Agent.Secrets;
using static Envoy.Extensions.TransportSockets.Tls.V3.SubjectAltNameMatcher.Types;
using HttpProtocolOptions = Envoy.Extensions.Upstreams.Http.V3.HttpProtocolOptions;
using SocketAddress = Envoy.Config.Core.V3.SocketAddress;

namespace Lateen.Agent.Lifecycle;

/// <summary>The cluster by which the proxy within this process reaches a control plane: HTTP/2, with TLS unless the
/// target is plain.</summary>
internal static class ControlPlaneCluster
{
    private const string HttpOptions = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
    private const string TlsType = "envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext";
    private const string TypePrefix = "type.googleapis.com/";
    private const int KeepaliveSeconds = 300;

    // Where distributions keep the roots of the machine, most common first.
    private static readonly string[] _systemRoots =
    [
        "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem",
        "/etc/ssl/ca-bundle.pem",
    ];

    private static readonly TimeSpan _connectTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan _pingInterval = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan _pingTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Builds it with the files as they are now.</summary>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static Cluster Build(string name, ControlPlaneTarget target)
    {
        var (host, port) = BootstrapClusters.SplitAddress(target.Address);
        var cluster = WithoutHosts(name);
        var locality = new LocalityLbEndpoints();
        locality.LbEndpoints.Add(new LbEndpoint
        {
            Endpoint = new Endpoint
            {
                Address = new Address { SocketAddress = new SocketAddress { Address = host, PortValue = (uint)port } },
            },
        });
        cluster.LoadAssignment.Endpoints.Add(locality);
        if (!IPAddress.TryParse(host, out _))
        {
            cluster.Type = Cluster.Types.DiscoveryType.StrictDns;
            cluster.RespectDnsTtl = true;
        }
        if (!target.Plaintext)
        {
            cluster.TransportSocket = BuildTls(target);
        }
        return cluster;
    }

    /// <summary>The same with nobody to call.</summary>
    public static Cluster WithoutHosts(string name)
    {
        var cluster = new Cluster
        {
            Name = name,
            AltStatName = name + ";",
            Type = Cluster.Types.DiscoveryType.Static,
            ConnectTimeout = Duration.FromTimeSpan(_connectTimeout),
            LoadAssignment = new ClusterLoadAssignment { ClusterName = name },
            UpstreamConnectionOptions = new UpstreamConnectionOptions
            {
                TcpKeepalive = new TcpKeepalive { KeepaliveTime = KeepaliveSeconds },
            },
        };
        var options = new HttpProtocolOptions
        {
            ExplicitHttpConfig = new HttpProtocolOptions.Types.ExplicitHttpConfig
            {
                Http2ProtocolOptions = new Http2ProtocolOptions
                {
                    ConnectionKeepalive = new KeepaliveSettings
                    {
                        Interval = Duration.FromTimeSpan(_pingInterval),
                        Timeout = Duration.FromTimeSpan(_pingTimeout),
                    },
                },
            },
        };
        cluster.TypedExtensionProtocolOptions.Add(
            HttpOptions, new Any { TypeUrl = TypePrefix + HttpOptions, Value = options.ToByteString() });
        return cluster;
    }

    private static TransportSocket BuildTls(ControlPlaneTarget target)
    {
        var name = target.ExpectedName;
        var isAddress = IPAddress.TryParse(name, out _);
        var roots = target.RootPath == ControlPlaneTarget.SystemRoots
            ? _systemRoots.FirstOrDefault(File.Exists)
                ?? throw new IOException($"none of {string.Join(", ", _systemRoots)} is there")
            : target.RootPath;
        var validation = new CertificateValidationContext { TrustedCa = Read(roots) };
        validation.MatchTypedSubjectAltNames.Add(new SubjectAltNameMatcher
        {
            SanType = isAddress ? SanType.IpAddress : SanType.Dns,
            Matcher = new StringMatcher { Exact = name },
        });
        var common = new CommonTlsContext
        {
            ValidationContext = validation,
            TlsParams = new TlsParameters { TlsMinimumProtocolVersion = TlsParameters.Types.TlsProtocol.Tlsv12 },
        };
        common.AlpnProtocols.Add("h2");
        AddClientCertificate(target, common);
        var tls = new UpstreamTlsContext { CommonTlsContext = common, Sni = isAddress ? "" : name };
        return new TransportSocket
        {
            Name = "envoy.transport_sockets.tls",
            TypedConfig = new Any { TypeUrl = TypePrefix + TlsType, Value = tls.ToByteString() },
        };
    }

    private static void AddClientCertificate(ControlPlaneTarget target, CommonTlsContext common)
    {
        var chain = Path.Combine(target.ClientCertificateFolder, "cert-chain.pem");
        var key = Path.Combine(target.ClientCertificateFolder, "key.pem");
        if (target.ClientCertificateFolder.Length > 0 && File.Exists(chain) && File.Exists(key))
        {
            common.TlsCertificates.Add(new TlsCertificate { CertificateChain = Read(chain), PrivateKey = Read(key) });
        }
    }

    private static DataSource Read(string path)
    {
        try
        {
            return new DataSource { InlineBytes = UnsafeByteOperations.UnsafeWrap(File.ReadAllBytes(path)) };
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException(e.Message, e);
        }
    }
}
