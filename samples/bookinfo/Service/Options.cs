using System.Net;

namespace Bookinfo.Service;

/// <summary>How one service is started.</summary>
internal sealed record Options(string Service, int Port, string Version, Func<string, string?> Variable)
{
    /// <summary>Where it listens: the variable HOST, else all addresses.</summary>
    public IPAddress Address => IPAddress.TryParse(Variable("HOST"), out var address) ? address : IPAddress.IPv6Any;

    /// <summary>The proxy for calls, by the usual variable; null where there is none.</summary>
    public Uri? Proxy => Uri.TryCreate(Variable("http_proxy") ?? Variable("HTTP_PROXY"), UriKind.Absolute, out var uri)
        ? uri : null;

    /// <summary>The pod, as Kubernetes tells it by the host's name.</summary>
    public string PodName => Variable("HOSTNAME") ?? Environment.MachineName;

    public string Host(string service) => Variable($"{service.ToUpperInvariant()}_HOSTNAME") ?? service;

    public int ServicePort(string service) =>
        int.TryParse(Variable($"{service.ToUpperInvariant()}_SERVICE_PORT"), out var port) ? port : 9080;

    /// <summary>Null when the words make no sense.</summary>
    public static Options? Parse(string[] args, Func<string, string?> variable)
    {
        if (args.Length == 0)
        {
            return null;
        }

        var given = int.TryParse(variable("PORT"), out var own) ? own : 9080;
        var options = new Options(args[0], given, variable("SERVICE_VERSION") ?? "v1", variable);
        for (var i = 1; i < args.Length; i += 2)
        {
            if (i + 1 == args.Length)
            {
                return null;
            }

            switch (args[i])
            {
                case "--port" when int.TryParse(args[i + 1], out var port):
                    options = options with { Port = port };
                    break;
                case "--version":
                    options = options with { Version = args[i + 1] };
                    break;
                default:
                    return null;
            }
        }

        return options;
    }
}
