using Envoy.Config.Core.V3;
using Google.Protobuf.Collections;
using Istio.Networking.V1Alpha3;
using AppendAction = Envoy.Config.Core.V3.HeaderValueOption.Types.HeaderAppendAction;

namespace Lateen.Pilot.Routes;

/// <summary>Istio's header operations as Envoy's lists; the authority is rewritten, not set like a header.</summary>
internal sealed record HeaderOperations(
    IReadOnlyList<HeaderValueOption> RequestAdd,
    IReadOnlyList<string> RequestRemove,
    IReadOnlyList<HeaderValueOption> ResponseAdd,
    IReadOnlyList<string> ResponseRemove,
    string Authority)
{
    /// <summary>Nothing to do.</summary>
    internal static HeaderOperations None { get; } = new([], [], [], [], "");

    /// <summary>Translates; null means none.</summary>
    internal static HeaderOperations Of(Headers? headers)
    {
        if (headers is null)
        {
            return None;
        }
        var request = headers.Request ?? new Headers.Types.HeaderOperations();
        var response = headers.Response ?? new Headers.Types.HeaderOperations();
        var authority = Authority(request.Set);
        return new HeaderOperations(
            [.. Options(request.Set, AppendAction.OverwriteIfExistsOrAdd),
                .. Options(request.Add, AppendAction.AppendIfExistsOrAdd)],
            [.. request.Remove.Where(name => !IsInternal(name))],
            [.. Options(response.Set, AppendAction.OverwriteIfExistsOrAdd),
                .. Options(response.Add, AppendAction.AppendIfExistsOrAdd)],
            [.. response.Remove.Where(name => !IsInternal(name))],
            authority.Length > 0 ? authority : Authority(request.Add));

        static string Authority(MapField<string, string> values)
        {
            return values.FirstOrDefault(pair => IsAuthority(pair.Key)).Value ?? "";
        }
    }

    private static IEnumerable<HeaderValueOption> Options(MapField<string, string> values, AppendAction action)
    {
        return values.Where(pair => !IsInternal(pair.Key))
            .OrderBy(pair => pair.Key, StringComparer.Ordinal)
            .Select(pair => new HeaderValueOption
            {
                Header = new HeaderValue { Key = pair.Key, Value = pair.Value },
                AppendAction = action,
            });
    }

    private static bool IsAuthority(string name)
    {
        return name.Equals(":authority", StringComparison.OrdinalIgnoreCase)
            || name.Equals("host", StringComparison.OrdinalIgnoreCase);
    }

    private static bool IsInternal(string name)
    {
        return name.StartsWith(':') || name.Equals("host", StringComparison.OrdinalIgnoreCase);
    }
}
