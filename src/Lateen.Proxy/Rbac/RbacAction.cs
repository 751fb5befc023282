namespace Lateen.Proxy.Rbac;

/// <summary>What a match means.</summary>
internal enum RbacAction : byte
{
    Allow,
    Deny,
    Log,
}
