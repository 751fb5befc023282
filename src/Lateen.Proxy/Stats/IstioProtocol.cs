namespace Lateen.Proxy.Stats;

/// <summary>Value of the tag request_protocol.</summary>
internal enum IstioProtocol : byte
{
    Http,
    Grpc,
    Tcp,
}
