using System.CommandLine;
using Lateen.Capture;
using Lateen.Core.Logging;

namespace Lateen.Cli.Commands;

/// <summary><c>lateen capture</c>: istio-iptables' work in a pod's network namespace.</summary>
internal static class CaptureCommand
{
    private const int ValidationFailed = 126;

    internal static Command Build()
    {
        var command = new Command("capture", "Redirects a pod's traffic to its proxy (istio-iptables' options).");
        var options = CaptureFlags.All.ToDictionary(f => f.Name, BuildOption);
        foreach (var option in options.Values)
        {
            command.Add(option);
        }

        command.Add(
            new Option<string>("--log_output_level") { Description = "Ignored scopes and levels of Istio's logs." });
        command.SetAction((result, _) => RunAsync(
            name => options[name] is var o && result.GetResult(o) is { Implicit: false } ? result.GetValue(o) : null,
            result.InvocationConfiguration.Output, result.InvocationConfiguration.Error));
        return command;
    }

    private static Option<string> BuildOption(CaptureFlag flag)
    {
        var option = new Option<string>($"--{flag.Name}")
        {
            Description = flag.Default is null ? flag.Help : $"{flag.Help} [default: {flag.Default}]",
            Arity = flag.Kind == CaptureFlagKind.Switch ? ArgumentArity.ZeroOrOne : ArgumentArity.ExactlyOne,
        };
        if (flag.Letter is { } letter)
        {
            option.Aliases.Add($"-{letter}");
        }

        if (flag.Kind == CaptureFlagKind.Switch)
        {
            // A switch takes a value only as --flag=value, as pflag does.
            option.CustomParser = r => r.Tokens.Count == 0 ? "true" : r.Tokens[0].Value;
        }

        return option;
    }

    private static async Task<int> RunAsync(Func<string, string?> flag, TextWriter output, TextWriter error)
    {
        var log = new LogSink(error, TimeProvider.System).CreateLogger("capture");
        // The one place of this command that reads the environment.
#pragma warning disable RS0030
        var reader = new CaptureOptionsReader(flag, Environment.GetEnvironmentVariable);
#pragma warning restore RS0030
        var options = reader.Read(PodNetwork.Read("/etc/resolv.conf"), UserId);
        if (reader.Errors.Count > 0)
        {
            foreach (var e in reader.Errors)
            {
                log.Error(e.ToString());
            }

            return 1;
        }

        if (reader.NativeNftables)
        {
            log.Error("--native-nftables is not available; leave it out to use iptables");
            return 1;
        }

        if (!options.DryRun && !options.SkipRuleApply
            && !Privileges.Has(await File.ReadAllTextAsync("/proc/self/status")
                .ConfigureAwait(false), Privileges.NetAdmin))
        {
            log.Error("not allowed to change the network: run as root with the capability NET_ADMIN "
                + "(in a namespace of your own: unshare --map-root-user --net)");
            return 1;
        }

        try
        {
            new CaptureRun(options, new ToolRunner(options.NetworkNamespace), output, log).Apply();
        }
        catch (CaptureException e)
        {
            log.Error(e.Message);
            return 1;
        }

        if (options is { RunValidation: true, DryRun: false }
            && !await new CaptureValidation(options, TimeProvider.System, log).RunAsync().ConfigureAwait(false))
        {
            log.Error(
                "redirection does not work: the pod is not ready for the mesh. With a CNI plugin this happens when the "
                + "pod starts before the node's plugin does; the pod must then be made anew");
            return ValidationFailed;
        }

        return 0;
    }

    private static string? UserId(string name)
    {
        var line = File.Exists("/etc/passwd")
            ? File.ReadLines("/etc/passwd").FirstOrDefault(l => l.StartsWith(name + ":", StringComparison.Ordinal))
            : null;
        return line?.Split(':') is { Length: > 2 } fields ? fields[2] : null;
    }
}
