namespace Lateen.Proxy.Redis;

/// <summary>What connections to a cluster say who they are. Source: <c>RedisProtocolOptions</c>.</summary>
internal sealed record RedisCredentials(byte[] Username, byte[] Password);
