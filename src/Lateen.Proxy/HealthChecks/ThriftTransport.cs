namespace Lateen.Proxy.HealthChecks;

/// <summary>How Thrift messages are framed.</summary>
internal enum ThriftTransport : byte
{
    /// <summary>Four bytes of length first.</summary>
    Framed,

    /// <summary>One after the other.</summary>
    Unframed,

    /// <summary>Length, and a header that names the protocol.</summary>
    Header,
}
