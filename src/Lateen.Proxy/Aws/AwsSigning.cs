using System.Security.Cryptography;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Aws;

/// <summary>How requests are signed, in the chain or on a route. Source: <c>aws_request_signing.v3</c>.</summary>
internal sealed class AwsSigning
{
    private readonly StatsScope _scope;
    private readonly int _added;
    private readonly int _bodyAdded;

    public AwsSigning(StatsScope scope)
    {
        _scope = scope;
        _added = scope.GetOrAdd("aws_request_signing.signing_added");
        _bodyAdded = scope.GetOrAdd("aws_request_signing.payload_signing_added");

        // A request without path or method would fail; there is none here. Envoy has the counters.
        _ = scope.GetOrAdd("aws_request_signing.signing_failed");
        _ = scope.GetOrAdd("aws_request_signing.payload_signing_failed");
    }

    public required AwsSigner Signer { get; init; }

    /// <summary>The host that is signed and sent; empty: the request's own.</summary>
    public byte[] HostRewrite { get; init; } = [];

    /// <summary>Bodies are not signed, so that nobody waits for them.</summary>
    public bool IsBodyUnsigned { get; init; }

    /// <summary>Signs a request whose body there is none of, or that is not signed.</summary>
    public void SignHead(HttpStream stream)
    {
        var hash = IsBodyUnsigned ? AwsSigner.Unsigned : AwsSigner.EmptyHash;
        Signer.Sign(stream.Request, hash, false, stream.Worker.Loop.UnixNanos);
        _scope.Add(stream.Worker.Index, _added);
    }

    /// <summary>Signs a request with its body, all of which has come.</summary>
    public void SignWhole(HttpStream stream)
    {
        var held = stream.BufferedBody;
        var body = new byte[held.Length];
        held.CopyTo(body);
        var hash = Convert.ToHexStringLower(SHA256.HashData(body));
        Signer.Sign(stream.Request, hash, true, stream.Worker.Loop.UnixNanos);
        _scope.Add(stream.Worker.Index, _added);
        _scope.Add(stream.Worker.Index, _bodyAdded);
    }
}
