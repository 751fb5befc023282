using Lateen.Http;
using Lateen.Proxy.Addresses;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Streams;
using Lateen.Proxy.Tls;

namespace Lateen.Proxy.Rbac;

/// <summary>
/// One permission or principal, compiled. <c>headers</c> is null for network connections: rules over headers and paths
/// do not match
/// then. Source: <c>config.rbac.v3.Permission</c> and <c>Principal</c>.
/// </summary>
internal abstract class RbacRule
{
    public abstract bool IsMatch(HeaderMap? headers, StreamInfo info);

    internal sealed class Any : RbacRule
    {
        public override bool IsMatch(HeaderMap? headers, StreamInfo info) => true;
    }

    internal sealed class All(RbacRule[] rules) : RbacRule
    {
        public override bool IsMatch(HeaderMap? headers, StreamInfo info)
        {
            foreach (var rule in rules)
            {
                if (!rule.IsMatch(headers, info))
                {
                    return false;
                }
            }
            return true;
        }
    }

    internal sealed class AnyOf(RbacRule[] rules) : RbacRule
    {
        public override bool IsMatch(HeaderMap? headers, StreamInfo info)
        {
            foreach (var rule in rules)
            {
                if (rule.IsMatch(headers, info))
                {
                    return true;
                }
            }
            return false;
        }
    }

    internal sealed class Not(RbacRule rule) : RbacRule
    {
        public override bool IsMatch(HeaderMap? headers, StreamInfo info) => !rule.IsMatch(headers, info);
    }

    internal sealed class Header(HeaderMatcher matcher) : RbacRule
    {
        public override bool IsMatch(HeaderMap? headers, StreamInfo info) =>
            headers is not null && matcher.IsMatch(headers);
    }

    /// <summary>The path without query and fragment.</summary>
    internal sealed class UrlPath(StringMatcher matcher) : RbacRule
    {
        public override bool IsMatch(HeaderMap? headers, StreamInfo info) =>
            headers is not null && headers.TryGet(HeaderId.Path, out var path)
                && matcher.IsMatch(QueryString.PathOnly(path));
    }

    internal sealed class Template(UriTemplate template) : RbacRule
    {
        public override bool IsMatch(HeaderMap? headers, StreamInfo info) =>
            headers is not null && headers.TryGet(HeaderId.Path, out var path)
                && template.IsMatch(QueryString.PathOnly(path));
    }

    internal sealed class Ip(RbacAddress which, CidrRange range) : RbacRule
    {
        public override bool IsMatch(HeaderMap? headers, StreamInfo info) => range.Contains(which switch
        {
            RbacAddress.DestinationIp => info.Connection.LocalAddress.Ip,
            RbacAddress.DirectRemoteIp => info.Connection.DirectRemoteAddress.Ip,
            RbacAddress.SourceIp => info.Connection.RemoteAddress.Ip,
            _ => info.EffectiveRemoteAddress.Ip,
        });
    }

    /// <summary>End exclusive.</summary>
    internal sealed class DestinationPort(int start, int end) : RbacRule
    {
        public override bool IsMatch(HeaderMap? headers, StreamInfo info) =>
            info.Connection.LocalAddress.Port >= start && info.Connection.LocalAddress.Port < end;
    }

    internal sealed class RequestedServerName(StringMatcher matcher) : RbacRule
    {
        public override bool IsMatch(HeaderMap? headers, StreamInfo info) =>
            matcher.IsMatch(info.Connection.RequestedServerName);
    }

    internal sealed class Metadata(MetadataMatcher matcher) : RbacRule
    {
        public override bool IsMatch(HeaderMap? headers, StreamInfo info) => matcher.IsMatch(info.Metadata);
    }

    /// <summary>Metadata of the route instead of the filters'.</summary>
    internal sealed class RouteMetadata(MetadataMatcher matcher) : RbacRule
    {
        public override bool IsMatch(HeaderMap? headers, StreamInfo info) => matcher.IsMatch(info.Route?.Metadata);
    }

    /// <summary>
    /// The address that a forward proxy found for the host. Source: <c>rbac.matchers.upstream_ip_port.v3</c>.
    /// </summary>
    internal sealed class UpstreamAddress(CidrRange? range, long portStart, long portEnd) : RbacRule
    {
        public override bool IsMatch(HeaderMap? headers, StreamInfo info) =>
            info.GetFilterState("envoy.stream.upstream_address") is byte[] text && Address.TryParse(text, out var found)
            && range?.Contains(found.Ip) != false && found.Port >= portStart && found.Port < portEnd;
    }

    /// <summary>
    /// A client certificate that was verified, and one of its names. Source:
    /// <c>rbac.principals.mtls_authenticated.v3.Config</c>.
    /// </summary>
    internal sealed class MtlsAuthenticated(SanKind kind, StringMatcher? matcher) : RbacRule
    {
        public override bool IsMatch(HeaderMap? headers, StreamInfo info)
        {
            if (info.Connection.Tls is not { PeerCertificateValidated: true } tls || matcher is null)
            {
                return matcher is null && info.Connection.Tls is { PeerCertificateValidated: true };
            }
            foreach (var san in kind == SanKind.Dns ? tls.PeerDnsSans : tls.PeerUriSans)
            {
                if (matcher.IsMatch(san))
                {
                    return true;
                }
            }
            return false;
        }
    }

    internal sealed class FilterState(string key, StringMatcher matcher) : RbacRule
    {
        public override bool IsMatch(HeaderMap? headers, StreamInfo info) => info.GetFilterState(key) switch
        {
            byte[] bytes => matcher.IsMatch(bytes),
            string text => matcher.IsMatch(System.Text.Encoding.UTF8.GetBytes(text)),
            _ => false,
        };
    }

    /// <summary>
    /// Without a name any TLS connection will do, with or without client certificate. With one: any URI SAN, else any
    /// DNS SAN, else the
    /// subject.
    /// </summary>
    internal sealed class Authenticated(StringMatcher? name) : RbacRule
    {
        public override bool IsMatch(HeaderMap? headers, StreamInfo info)
        {
            var tls = info.Connection.Tls;
            if (tls is null || name is null)
            {
                return tls is not null;
            }
            foreach (var san in tls.PeerUriSans)
            {
                if (name.IsMatch(san))
                {
                    return true;
                }
            }
            foreach (var san in tls.PeerDnsSans)
            {
                if (name.IsMatch(san))
                {
                    return true;
                }
            }
            return name.IsMatch(tls.PeerSubject);
        }
    }
}
