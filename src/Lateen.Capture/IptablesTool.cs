namespace Lateen.Capture;

/// <summary>The iptables programs of one family and variant.</summary>
public sealed class IptablesTool
{
    private readonly ToolRunner _runner;
    private readonly string[] _wait;

    private IptablesTool(ToolRunner runner, string name, bool isLegacy)
    {
        _runner = runner;
        Name = name;
        // The legacy variant locks a file; another writer may hold it for a while.
        _wait = isLegacy ? ["-w", "30"] : [];
    }

    /// <summary>The command, for example <c>ip6tables-nft</c>.</summary>
    public string Name { get; }

    /// <summary>
    /// Finds the programs to use: the legacy ones when they hold rules already, else those for nf_tables, else the
    /// plain ones. <paramref name="forced"/> (legacy or nft) skips the search.
    /// </summary>
    /// <exception cref="CaptureException">None is there.</exception>
    public static IptablesTool Find(ToolRunner runner, IpFamily family, string forced)
    {
        var plain = family == IpFamily.V4 ? "iptables" : "ip6tables";
        if (forced.Length > 0)
        {
            var name = $"{plain}-{forced}";
            return Works(runner, name)
                ? new IptablesTool(runner, name, forced == "legacy")
                : throw new CaptureException($"{name} does not work here; leave out --force-iptables-binary "
                    + "or install the package iptables");
        }

        var legacy = $"{plain}-legacy";
        if (Works(runner, legacy)
            && runner.Run($"{legacy}-save", []).Output.Contains("\n-A ", StringComparison.Ordinal))
        {
            return new IptablesTool(runner, legacy, true);
        }

        foreach (var name in (string[])[$"{plain}-nft", plain])
        {
            if (Works(runner, name))
            {
                return new IptablesTool(runner, name, false);
            }
        }

        throw new CaptureException(
            $"there is no {plain}: install the package iptables (it brings iptables-restore too)");
    }

    /// <summary>The present rules, in the format of <c>iptables-save</c>.</summary>
    public ToolResult Save() => _runner.Run($"{Name}-save", []);

    /// <summary>Feeds rules; what is there already stays.</summary>
    public ToolResult Restore(string text) => _runner.Run($"{Name}-restore", ["--noflush", .. _wait], text);

    /// <summary>Runs one command.</summary>
    public ToolResult Run(params IReadOnlyList<string> arguments) => _runner.Run(Name, [.. _wait, .. arguments]);

    private static bool Works(ToolRunner runner, string name) => runner.Run(name, ["--version"]).Succeeded;
}
