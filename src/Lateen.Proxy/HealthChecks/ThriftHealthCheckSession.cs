using Lateen.Net;
using Lateen.Proxy.Clusters;

namespace Lateen.Proxy.HealthChecks;

/// <summary>Checks by the call of a Thrift method, which must return a result.</summary>
internal sealed class ThriftHealthCheckSession(HealthChecker checker, Host host)
    : DialogueHealthCheckSession(checker, host)
{
    private readonly byte[] _call = ThriftMessages.WriteCall(checker.Config.Thrift!);

    protected override void Ask(BufferChain output, bool isFirst) => output.Append(_call);

    protected override HealthCheckVerdict Judge(ReadOnlySpan<byte> answer, bool isFirst) =>
        ThriftMessages.Judge(answer, Config.Thrift!);
}
