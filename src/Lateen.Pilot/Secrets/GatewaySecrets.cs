using Envoy.Config.Core.V3;
using Envoy.Extensions.TransportSockets.Tls.V3;
using Google.Protobuf;
using Lateen.Pilot.Graph;
using Lateen.Pilot.Model;
using Lateen.Pilot.Serving;
using Lateen.Xds;
using Lateen.Xds.Server;
using KubernetesSecret = Lateen.Kubernetes.Objects.Secret;
using TlsSecret = Envoy.Extensions.TransportSockets.Tls.V3.Secret;

namespace Lateen.Pilot.Secrets;

/// <summary>
/// Certificates for gateways from Kubernetes Secrets (contract 10.6), only those of the gateway's own namespace and
/// only for a peer that proved who it is. A name that it may not have does not exist for it.
/// </summary>
public sealed class GatewaySecrets : IResourceGenerator
{
    private const string Scheme = "kubernetes://";
    private const string CaSuffix = "-cacert";
    private readonly MeshModel _model;
    private readonly Query<string, ResourceList> _secrets;

    /// <summary>Makes the queries.</summary>
    public GatewaySecrets(MeshModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        _model = model;
        _secrets = model.Graph.CreateQuery<string, ResourceList>("gatewaySecrets", Compute);
    }

    /// <inheritdoc/>
    public IEnumerable<ResourcePart> PartsOf(QueryContext context, ProxyGroup group)
    {
        ArgumentNullException.ThrowIfNull(group);
        return group.MayReadSecrets ? [ResourcePart.Of(TypeUrls.Secret, _secrets, group.Namespace)] : [];
    }

    private ResourceList Compute(QueryContext context, string @namespace)
    {
        var resources = new List<XdsResource>();
        var problems = new List<string>();
        var items = _model.Inputs.ByKind.Get(context, (ObjectKind.Secret, @namespace));
        var names = items.Select(i => i.Key.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var item in items)
        {
            var data = Data(item.As<KubernetesSecret>());
            var name = item.Key.Name;
            if (Certificate(data) is { } certificate)
            {
                Add(resources, name, @namespace, n => new TlsSecret { Name = n, TlsCertificate = certificate });
            }
            if (Authority(data) is not { } authority)
            {
                continue;
            }
            // The roots stand in a Secret of their own with the suffix, or beside the certificate.
            var rootName = name.EndsWith(CaSuffix, StringComparison.Ordinal) ? name : name + CaSuffix;
            if (rootName == name || !names.Contains(rootName))
            {
                Add(resources, rootName, @namespace, n => new TlsSecret { Name = n, ValidationContext = authority });
            }
        }
        return new ResourceList(resources.ToEquatable(), problems.ToEquatable());
    }

    private static void Add(
        List<XdsResource> resources, string name, string @namespace, Func<string, TlsSecret> make)
    {
        foreach (var full in (string[])[$"{Scheme}{name}", $"{Scheme}{@namespace}/{name}"])
        {
            resources.Add(XdsResource.Create(TypeUrls.Secret, full, make(full)));
        }
    }

    private static TlsCertificate? Certificate(Dictionary<string, ByteString> data)
    {
        var (chain, key) = data.ContainsKey("cert") ? ("cert", "key") : ("tls.crt", "tls.key");
        if (!data.TryGetValue(chain, out var certificate) || !data.TryGetValue(key, out var privateKey))
        {
            return null;
        }
        var result = new TlsCertificate
        {
            CertificateChain = new DataSource { InlineBytes = certificate },
            PrivateKey = new DataSource { InlineBytes = privateKey },
        };
        if (data.TryGetValue("tls.ocsp-staple", out var staple))
        {
            result.OcspStaple = new DataSource { InlineBytes = staple };
        }
        return result;
    }

    private static CertificateValidationContext? Authority(Dictionary<string, ByteString> data)
    {
        if (!data.TryGetValue("cacert", out var root) && !data.TryGetValue("ca.crt", out root))
        {
            return null;
        }
        var result = new CertificateValidationContext { TrustedCa = new DataSource { InlineBytes = root } };
        if (data.TryGetValue("crl", out var list) || data.TryGetValue("ca.crl", out list))
        {
            result.Crl = new DataSource { InlineBytes = list };
        }
        return result;
    }

    private static Dictionary<string, ByteString> Data(KubernetesSecret secret)
    {
        var data = secret.Data.ToDictionary(d => d.Key, d => d.Value, StringComparer.Ordinal);
        foreach (var (key, text) in secret.StringData)
        {
            data[key] = ByteString.CopyFromUtf8(text);
        }
        return data;
    }
}
