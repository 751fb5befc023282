using System.Text;
using Envoy.Admin.V3;
using Google.Protobuf;
using Lateen.Core;
using Lateen.Core.Protobuf;
using Lateen.Core.Yaml;
using Lateen.Proxy.Config;
using Lateen.Proxy.Config.Decode;
using Lateen.Proxy.Config.Decode.Filters;

namespace Lateen.Proxy.Admin;

/// <summary>The page <c>/tap</c>: a client that sends what it wants to see gets traces until it leaves. Source:
/// <c>admin.v3.TapRequest</c>.</summary>
internal static class TapPage
{
    public static AdminResponse Attach(ProxyResources resources, AdminRequest request)
    {
        var table = resources.Taps;
        if (table.IsAttached)
        {
            return Refuse("An attached /tap admin stream already exists. Detach it.");
        }
        if (request.Body.Length == 0)
        {
            return Refuse("/tap requires a JSON/YAML body");
        }
        try
        {
            if (Read(request.Body, out var refusal) is not { } tap)
            {
                return Refuse(refusal);
            }
            if (!table.Has(tap.ConfigId))
            {
                return Refuse(
                    $"Unknown config id '{tap.ConfigId}'. No extension has registered with this id.");
            }
            var stream = new AdminStream(table.Detach);
            var context = new DecodeContext { Resources = resources };
            if (TapDecoder.DecodeConfig(tap.TapConfig, "tap_config", context, stream) is not { } config
                || context.Errors.Count > 0)
            {
                return Refuse(context.Errors[0].Message);
            }
            return table.TryAttach(tap.ConfigId, config)
                ? AdminResponse.Text("") with { Stream = stream }
                : Refuse("An attached /tap admin stream already exists. Detach it.");
        }
        catch (Exception e) when (e is ConfigException or InvalidProtocolBufferException or MalformedMessageException)
        {
            return Refuse(e.Message);
        }
    }

    private static TapRequest? Read(byte[] body, out string refusal)
    {
        var stream = YamlReader.Read(Encoding.UTF8.GetString(body));
        var errors = new List<ConfigError>(stream.Errors);
        var tap = new TapRequest();
        if (errors.Count == 0 && stream.Documents.Length > 0)
        {
            var options = new MessageReadOptions { DeclaredNames = true, FindType = EnvoyTypes.Find };
            new MessageReader(options, errors).Merge(tap, stream.Documents[0], "");
        }
        refusal = errors.Count == 0 ? "" : errors[0].Message;
        if (errors.Count > 0)
        {
            return null;
        }
        ResourceGuard.Check(typeof(TapRequest), tap.ToByteString());
        return tap;
    }

    private static AdminResponse Refuse(string why) => AdminResponse.Text(why, 400);
}
