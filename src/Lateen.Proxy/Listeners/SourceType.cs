namespace Lateen.Proxy.Listeners;

/// <summary>Whether a connection comes from the machine itself.</summary>
internal enum SourceType : byte
{
    Any,
    SameIpOrLoopback,
    External,
}
