using Lateen.Net;
using Lateen.Proxy.Clusters;
using Lateen.Proxy.Redis;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.HealthChecks;

/// <summary>
/// Checks by <c>PING</c>, or by <c>EXISTS</c> of a key that must not be there. A redirection is an answer of a server
/// that works. As in Envoy its connections and commands count among the cluster's.
/// </summary>
internal sealed class RedisHealthCheckSession(HealthChecker checker, Host host)
    : DialogueHealthCheckSession(checker, host)
{
    private readonly ByteBuffer _line = new();

    /// <summary>What one whole reply means.</summary>
    internal static HealthCheckVerdict JudgeReply(ReadOnlySpan<byte> reply, bool asksKey)
    {
        var line = reply[1..reply.IndexOf("\r\n"u8)];
        return (char)reply[0] switch
        {
            '-' => line.StartsWith("MOVED "u8) || line.StartsWith("ASK "u8)
                ? HealthCheckVerdict.Healthy : HealthCheckVerdict.Unhealthy,
            '+' when !asksKey && line.SequenceEqual("PONG"u8) => HealthCheckVerdict.Healthy,
            ':' when asksKey && line.SequenceEqual("0"u8) => HealthCheckVerdict.Healthy,
            _ => HealthCheckVerdict.Unhealthy,
        };
    }

    protected override void Ask(BufferChain output, bool isFirst)
    {
        _line.Clear();
        if (isFirst && Config.Redis is { Password.Length: > 0 } credentials)
        {
            RedisLine.Begin(_line, credentials.Username.Length > 0 ? 3 : 2);
            RedisLine.Add(_line, "auth"u8);
            if (credentials.Username.Length > 0)
            {
                RedisLine.Add(_line, credentials.Username);
            }
            RedisLine.Add(_line, credentials.Password);
        }
        RedisLine.Begin(_line, Config.RedisKey.Length > 0 ? 2 : 1);
        RedisLine.Add(_line, Config.RedisKey.Length > 0 ? "EXISTS"u8 : "PING"u8);
        if (Config.RedisKey.Length > 0)
        {
            RedisLine.Add(_line, Config.RedisKey);
        }
        output.Append(_line.Written);
    }

    protected override HealthCheckVerdict Judge(ReadOnlySpan<byte> answer, bool isFirst)
    {
        // Whether the password was taken shows in the next reply.
        for (var skips = isFirst && Config.Redis is { Password.Length: > 0 }; ; skips = false)
        {
            var scanner = new RespScanner();
            switch (scanner.Advance(answer))
            {
                case RespStatus.NeedMore:
                    return HealthCheckVerdict.Unknown;
                case RespStatus.Invalid:
                    return HealthCheckVerdict.Broken;
            }
            if (!skips)
            {
                return JudgeReply(answer[..scanner.Length], Config.RedisKey.Length > 0);
            }
            answer = answer[scanner.Length..];
            if (answer.IsEmpty)
            {
                return HealthCheckVerdict.Unknown;
            }
        }
    }

    protected override void CountConnection(int change)
    {
        var scope = Host.Cluster.Stats.Scope;
        scope.AddFromMain((int)ClusterStat.UpstreamCxActive, change);
        Host.Add(Worker.Index, HostStat.CxActive, change);
        if (change > 0)
        {
            scope.AddFromMain((int)ClusterStat.UpstreamCxTotal);
            Host.Add(Worker.Index, HostStat.CxTotal);
        }
    }

    protected override void CountQuestion(int change)
    {
        var scope = Host.Cluster.Stats.Scope;
        scope.AddFromMain((int)ClusterStat.UpstreamRqActive, change);
        Host.Add(Worker.Index, HostStat.RqActive, change);
        if (change > 0)
        {
            scope.AddFromMain((int)ClusterStat.UpstreamRqTotal);
            Host.Add(Worker.Index, HostStat.RqTotal);
        }
    }
}
