using System.CommandLine;
using Lateen.Cli.Commands;
using Lateen.Cli.Commands.Proxy;

namespace Lateen.Cli.Tests.Proxy;

/// <summary>Values of flags, refused in Envoy's words.</summary>
public sealed class ProxyCommandLineTests
{
    [Theory]
    [InlineData("--mode foo", "unknown mode 'foo'")]
    [InlineData("-l bad", "invalid log level specified 'bad'")]
    [InlineData("--component-log-level xds:b", "invalid log level specified 'b'")]
    [InlineData("--component-log-level nope:debug", "invalid component specified 'nope'")]
    [InlineData("--component-log-level xds", "component log level not correctly specified 'xds'")]
    [InlineData("--drain-strategy foo", "unknown drain-strategy 'foo'")]
    [InlineData("--local-address-ip-version v5", "unknown IP address version 'v5'")]
    [InlineData("--stats-tag bad", "misformatted stats-tag 'bad'")]
    [InlineData("--stats-tag a:b.c", "misformatted stats-tag 'a:b.c' contains invalid char in 'b.c'")]
    [InlineData("--use-dynamic-base-id --restart-epoch 1", "cannot use --restart-epoch=1 with --use-dynamic-base-id")]
    public void Resolve_BadValue_IsRefused(string arguments, string expected)
    {
        Assert.Null(ProxyCommandLine.Resolve(Parse(arguments), out var error));
        Assert.Equal(expected, error);
    }

    [Theory]
    [InlineData("--bogus")]
    [InlineData("extra")]
    [InlineData("--concurrency x")]
    [InlineData("--concurrency -1")]
    [InlineData("-c a -c b")]
    public void Parse_BadLine_IsRefused(string arguments) => Assert.NotEmpty(Parse(arguments).Errors);

    [Fact]
    public void Resolve_EnvoysFlags_AreTaken()
    {
        var result = Parse("-c a.yaml --config-yaml {} --mode serve --concurrency 0 --service-node n "
            + "--service-cluster c --service-zone z -l warn --component-log-level xds:trace,admin:off "
            + "--log-format %v --log-format-escaped "
            + "--log-path /tmp/x --drain-time-s 5 --drain-strategy immediate --parent-shutdown-time-s 9 "
            + "--admin-address-path /tmp/a --allow-unknown-fields --reject-unknown-dynamic-fields "
            + "--ignore-unknown-dynamic-fields --disable-hot-restart --base-id 3 --base-id-path /tmp/b "
            + "--restart-epoch 0 --socket-path @x --socket-mode 600 --skip-hot-restart-on-no-parent "
            + "--skip-hot-restart-parent-stats --cpuset-threads --enable-core-dump --enable-mutex-tracing "
            + "--enable-fine-grain-logging --skip-deprecated-logs --file-flush-interval-msec 20 "
            + "--file-flush-min-size-kb 1 --local-address-ip-version v6 --stats-tag a:b --stats-tag c:d");
        Assert.Empty(result.Errors);

        var line = ProxyCommandLine.Resolve(result, out var error);

        Assert.Equal("", error);
        var options = line!.ToOptions();
        Assert.Equal((1, "n", "c", "z"), (options.Concurrency, options.ServiceNode, options.ServiceCluster,
            options.ServiceZone));
        Assert.Equal(TimeSpan.FromSeconds(5), options.DrainTime);
        Assert.False(options.DrainsGradually);
        Assert.True(options.RejectsUnknownDynamicFields && options.LocalAddressIsV6 && line.AllowsUnknownFields);
        Assert.Equal(["a", "c"], options.StatsTags.Select(tag => tag.Key));
        Assert.Equal(2, line.ComponentLevels.Count);
    }

    private static ParseResult Parse(string arguments) =>
        ProxyCommand.Build().Parse(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries), Program.Parsing);
}
