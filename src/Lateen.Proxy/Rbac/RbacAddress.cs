namespace Lateen.Proxy.Rbac;

/// <summary>Which address a rule looks at.</summary>
internal enum RbacAddress : byte
{
    DestinationIp,

    /// <summary>Of the connection, possibly from the PROXY protocol.</summary>
    SourceIp,

    /// <summary>Of the socket's peer.</summary>
    DirectRemoteIp,

    /// <summary>After x-forwarded-for.</summary>
    RemoteIp,
}
