namespace Lateen.Pilot.Routes;

/// <summary>Names of Gateways in rules.</summary>
internal static class GatewayNames
{
    /// <summary>
    /// <c>namespace/name</c>, or <c>mesh</c>. A name alone belongs to the rule's namespace; the old form
    /// <c>name.namespace[.svc…]</c> is understood.
    /// </summary>
    internal static string Resolve(string gateway, string ns)
    {
        if (gateway == VirtualServiceConfig.MeshGateway)
        {
            return gateway;
        }
        var slash = gateway.IndexOf('/', StringComparison.Ordinal);
        if (slash >= 0)
        {
            return gateway[..slash] == "." ? $"{ns}{gateway[slash..]}" : gateway;
        }
        var parts = gateway.Split('.');
        return parts.Length > 1 ? $"{parts[1]}/{parts[0]}" : $"{ns}/{gateway}";
    }
}
