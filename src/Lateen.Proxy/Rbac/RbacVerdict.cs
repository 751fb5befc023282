namespace Lateen.Proxy.Rbac;

/// <summary>What a matcher tree decides. Source: <c>config.rbac.v3.Action</c>.</summary>
internal sealed record RbacVerdict(string Name, RbacAction Action)
{
    /// <summary>Response code details of a refusal.</summary>
    public byte[] DeniedDetails { get; } = RbacPolicy.BuildDetails(Name);
}
