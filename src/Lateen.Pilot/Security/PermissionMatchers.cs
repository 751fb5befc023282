using System.Globalization;
using Envoy.Config.Core.V3;
using Envoy.Config.Rbac.V3;
using Envoy.Extensions.Path.Match.UriTemplate.V3;
using Envoy.Type.Matcher.V3;

namespace Lateen.Pilot.Security;

/// <summary>RBAC permissions for the attributes of an operation (Istio contract, rule translation).</summary>
internal static class PermissionMatchers
{
    internal static Permission Any()
    {
        return new Permission { Any = true };
    }

    internal static Permission Not(Permission permission)
    {
        return new Permission { NotRule = permission };
    }

    internal static Permission Or(IEnumerable<Permission> permissions)
    {
        return new Permission { OrRules = new Permission.Types.Set { Rules = { permissions } } };
    }

    internal static Permission And(IEnumerable<Permission> permissions)
    {
        return new Permission { AndRules = new Permission.Types.Set { Rules = { permissions } } };
    }

    internal static Permission Host(string value)
    {
        return new Permission { Header = HeaderMatchers.Of(":authority", value, ignoreCase: true) };
    }

    internal static Permission Method(string value)
    {
        return new Permission { Header = HeaderMatchers.Of(":method", value) };
    }

    /// <summary>A path in one of the value forms, or a template with <c>{*}</c> and <c>{**}</c>.</summary>
    internal static Permission Path(string value)
    {
        if (!value.Contains("{*}", StringComparison.Ordinal) && !value.Contains("{**}", StringComparison.Ordinal))
        {
            return new Permission { UrlPath = new PathMatcher { Path = StringMatchers.Of(value) } };
        }
        var template = value.Replace("{*}", "*", StringComparison.Ordinal)
            .Replace("{**}", "**", StringComparison.Ordinal);
        return new Permission
        {
            UriTemplate = new TypedExtensionConfig
            {
                Name = "uri-template",
                TypedConfig = Google.Protobuf.WellKnownTypes.Any.Pack(
                    new UriTemplateMatchConfig { PathTemplate = template }),
            },
        };
    }

    /// <summary>A destination port. Text that is no number matches port 0, which nothing has.</summary>
    internal static Permission Port(string value)
    {
        return new Permission
        {
            DestinationPort = uint.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var port)
                ? port : 0,
        };
    }

    internal static Permission DestinationIp(CidrRange range)
    {
        return new Permission { DestinationIp = range };
    }

    internal static Permission Sni(string value)
    {
        return new Permission { RequestedServerName = StringMatchers.Of(value) };
    }

    /// <summary>Dynamic metadata of a filter: <c>experimental.envoy.filters.X[key]</c>.</summary>
    internal static Permission FilterMetadata(string filter, string key, IReadOnlyList<string> values)
    {
        return new Permission { Metadata = MetadataMatchers.Of(filter, [key], MetadataMatchers.AnyOfOrListed(values)) };
    }
}
