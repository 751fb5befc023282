using Lateen.Pilot.Endpoints;
using Lateen.Pilot.Model;

namespace Lateen.Pilot.Clusters;

/// <summary>What of a client decides how its outbound clusters look; equal clients share them.</summary>
/// <param name="Namespace">Where its view looks for DestinationRules.</param>
/// <param name="RuleLabels">Labels that rules of that namespace select on.</param>
/// <param name="Type">Sidecar or gateway.</param>
/// <param name="IpFamilies">Decide the DNS look-up.</param>
/// <param name="MetadataExchange">It has Istio's connection filter.</param>
/// <param name="SelfDiscovery">It knows its own zone's cluster.</param>
/// <param name="PreserveHeaderCase">Its proxy configuration keeps the case of HTTP/1 headers.</param>
/// <param name="CertificateFiles">Certificates from files instead of the mesh's; null for most.</param>
/// <param name="View">Where it stands; only for clusters whose endpoints are part of them.</param>
public sealed record OutboundClient(
    string Namespace,
    Labels RuleLabels,
    ProxyType Type,
    IpFamilies IpFamilies,
    bool MetadataExchange,
    bool SelfDiscovery,
    bool PreserveHeaderCase,
    CertificateFiles? CertificateFiles,
    EndpointView? View)
{
    private int _hash;

    /// <summary>A copy, whose hash is not known yet: it may be about to differ.</summary>
    private OutboundClient(OutboundClient other)
    {
        Namespace = other.Namespace;
        RuleLabels = other.RuleLabels;
        Type = other.Type;
        IpFamilies = other.IpFamilies;
        MetadataExchange = other.MetadataExchange;
        SelfDiscovery = other.SelfDiscovery;
        PreserveHeaderCase = other.PreserveHeaderCase;
        CertificateFiles = other.CertificateFiles;
        View = other.View;
    }

    /// <summary>Compares by value; keys hold few different ones, so that most are the same object.</summary>
    public bool Equals(OutboundClient? other)
    {
        return ReferenceEquals(this, other) || (other is not null && GetHashCode() == other.GetHashCode()
            && Namespace == other.Namespace && RuleLabels.Equals(other.RuleLabels) && Type == other.Type
            && IpFamilies == other.IpFamilies && MetadataExchange == other.MetadataExchange
            && SelfDiscovery == other.SelfDiscovery && PreserveHeaderCase == other.PreserveHeaderCase
            && Equals(CertificateFiles, other.CertificateFiles) && Equals(View, other.View));
    }

    /// <summary>Computed once: it is part of very many keys.</summary>
    public override int GetHashCode()
    {
        if (_hash == 0)
        {
            var fields = HashCode.Combine(
                Namespace, RuleLabels, Type, IpFamilies, MetadataExchange, SelfDiscovery, PreserveHeaderCase, View);
            _hash = fields == 0 ? 1 : fields;
        }
        return _hash;
    }
}
