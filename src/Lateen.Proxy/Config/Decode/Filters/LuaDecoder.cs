using System.Text;
using Envoy.Config.Core.V3;
using Envoy.Extensions.Filters.Http.Lua.V3;
using Lateen.Proxy.Filters;
using Lateen.Proxy.Lua;
using Lateen.Proxy.Routing;
using LuaProto = Envoy.Extensions.Filters.Http.Lua.V3.Lua;

namespace Lateen.Proxy.Config.Decode.Filters;

/// <summary>The filter <c>lua</c>.</summary>
internal static class LuaDecoder
{
    public static HttpFilter? Filter(FilterSource source)
    {
        var proto = source.Read(LuaProto.Parser);
        if (proto.InlineCode.Length > 0 && proto.DefaultSourceCode is not null)
        {
            source.Error("",
                "Error: Only one of `inline_code` or `default_source_code` can be set for the Lua filter.");
            return null;
        }
        var named = new Dictionary<string, LuaScript>(StringComparer.Ordinal);
        foreach (var (name, code) in proto.SourceCodes)
        {
            if (Script(code, $"source_codes[{name}]", source) is { } script)
            {
                named[name] = script;
            }
        }
        return new LuaFilter(source.Scope!, proto.StatPrefix is { Length: > 0 } prefix ? $"{prefix.TrimEnd('.')}." : "")
        {
            Name = source.Name,
            Disabled = source.Disabled,
            Default = proto.InlineCode.Length > 0
                ? Script(new DataSource { InlineString = proto.InlineCode }, "inline_code", source)
                : proto.DefaultSourceCode is { } code0 ? Script(code0, "default_source_code", source) : null,
            Named = named,
            Context = proto.FilterContext,
            ClearsRoute = proto.ClearRouteCache ?? true,
        };
    }

    public static object? Route(FilterSource source)
    {
        var proto = source.Read(LuaPerRoute.Parser);
        return proto.OverrideCase switch
        {
            LuaPerRoute.OverrideOneofCase.Disabled => PerFilterConfigs.Disabled,
            LuaPerRoute.OverrideOneofCase.Name => new LuaRouteSettings(null, proto.Name, proto.FilterContext),
            LuaPerRoute.OverrideOneofCase.SourceCode => new LuaRouteSettings(
                Script(proto.SourceCode, "source_code", source), null, proto.FilterContext),
            _ => new LuaRouteSettings(null, null, proto.FilterContext),
        };
    }

    private static LuaScript? Script(DataSource code, string field, FilterSource source)
    {
        if (DataSourceReader.Read(code, $"{source.Path}.{field}", source.Context) is not { } bytes)
        {
            return null;
        }
        var script = new LuaScript(Encoding.UTF8.GetString(bytes), source.Context.Resources.WorkerCount);
        if (script.TryCheck(out var error))
        {
            return script;
        }
        source.Error(field, $"script load error: {error}");
        return null;
    }
}
