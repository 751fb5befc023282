using System.Text;
using Lateen.Http;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Stats;
using Lateen.Proxy.Tls;

namespace Lateen.Proxy.Filters;

/// <summary>The HTTP filter <c>credential_injector</c>, with credentials from secrets.</summary>
internal sealed class CredentialInjectorFilter(StatsScope scope) : HttpFilter
{
    private static readonly byte[] Body = "Failed to inject credential."u8.ToArray();
    private static readonly byte[] Details = "failed_to_inject_credential"u8.ToArray();

    private readonly int _injected = scope.GetOrAdd("credential_injector.injected");
    private readonly int _failed = scope.GetOrAdd("credential_injector.failed");
    private readonly int _exists = scope.GetOrAdd("credential_injector.already_exists");

    public override bool FitsAttempts => true;

    public required SecretSlot<byte[]> Secret { get; init; }

    public required HeaderName Header { get; init; }

    /// <summary>What stands before the secret.</summary>
    public byte[] Prefix { get; init; } = [];

    public bool Overwrite { get; init; }

    /// <summary>The listener starts when the secret has come.</summary>
    public bool WaitsForSecret { get; init; } = true;

    public override bool IsSettled => !WaitsForSecret || Secret.IsSettled;

    public bool AllowMissing { get; init; }

    public override HttpFilterResult OnRequest(HttpStream stream)
    {
        var worker = stream.Worker.Index;
        if (!Overwrite && stream.Request.Contains(Header))
        {
            scope.Add(worker, _exists);
            return HttpFilterResult.Continue;
        }
        if (Secret.Current is not { Length: > 0 } secret)
        {
            scope.Add(worker, _failed);
            if (AllowMissing)
            {
                return HttpFilterResult.Continue;
            }
            stream.Info.ResponseCodeDetails = Details;
            return new HttpFilterResult(HttpFilterStatus.LocalReply, 401, Body);
        }
        stream.Request.Set(Header, [.. Prefix, .. Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(secret).Trim())]);
        scope.Add(worker, _injected);
        return HttpFilterResult.Continue;
    }
}
