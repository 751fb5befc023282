using Envoy.Config.Core.V3;
using Lateen.Http;
using Lateen.Proxy.Formatting;
using Lateen.Proxy.Routing;

namespace Lateen.Proxy.Config.Decode;

/// <summary>Header additions and removals.</summary>
internal static class HeaderDecoder
{
    private const int AdditionCountMax = 1000;

    public static HeaderMutations Decode(
        IReadOnlyList<HeaderValueOption> additions, IReadOnlyList<string> removals, string path, string field,
            DecodeContext context)
    {
        if (additions.Count == 0 && removals.Count == 0)
        {
            return HeaderMutations.None;
        }
        if (additions.Count > AdditionCountMax)
        {
            context.Error($"{path}.{field}_to_add", "HEADERS", "at most 1000 headers can be added");
            return HeaderMutations.None;
        }
        var decoded = new List<HeaderAddition>();
        for (var i = 0; i < additions.Count; i++)
        {
            if (DecodeAddition(additions[i], $"{path}.{field}_to_add[{i}]", context) is { } addition)
            {
                decoded.Add(addition);
            }
        }
        var names = new List<HeaderName>();
        for (var i = 0; i < removals.Count; i++)
        {
            if (CheckName(removals[i], $"{path}.{field}_to_remove[{i}]", context))
            {
                names.Add(HeaderName.Create(removals[i]));
            }
        }
        return new HeaderMutations([.. decoded], [.. names]);
    }

    /// <summary>A format with operators, with an error noted when it is not understood.</summary>
    public static FormatString? Format(string text, string path, DecodeContext context)
    {
        if (FormatString.TryParse(text, out var format, out var error))
        {
            return format;
        }
        context.Error(path, "FORMAT", error);
        return null;
    }

    private static HeaderAddition? DecodeAddition(HeaderValueOption option, string path, DecodeContext context)
    {
        if (option.Header is not { Key.Length: > 0 } header || !CheckName(header.Key, $"{path}.header.key", context))
        {
            if (option.Header is not { Key.Length: > 0 })
            {
                context.Error($"{path}.header", "HEADERS", "a header with a key is required");
            }
            return null;
        }
        // Envoy looks at the text only; a raw value adds nothing here.
        var value = header.Value;
        if (option.Append is not null && option.AppendAction != default)
        {
            context.Error(path, "HEADERS", "Both append and append_action are set and it's not allowed");
        }
        if (!CheckValue(value, $"{path}.header.value", context))
        {
            return null;
        }
        if (Format(value, $"{path}.header.value", context) is not { } format)
        {
            return null;
        }
        var action = option.AppendAction switch
        {
            HeaderValueOption.Types.HeaderAppendAction.AddIfAbsent => HeaderAppendAction.AddIfAbsent,
            HeaderValueOption.Types.HeaderAppendAction.OverwriteIfExistsOrAdd =>
                HeaderAppendAction.OverwriteIfExistsOrAdd,
            HeaderValueOption.Types.HeaderAppendAction.OverwriteIfExists => HeaderAppendAction.OverwriteIfExists,
            _ => option.Append == false ? HeaderAppendAction.OverwriteIfExistsOrAdd
                : HeaderAppendAction.AppendIfExistsOrAdd,
        };
        return new HeaderAddition(HeaderName.Create(header.Key), format, action, option.KeepEmptyValue);
    }

    /// <summary>Notes an error when a text holds what cannot stand in a header, or break out of one.</summary>
    public static bool CheckValue(string value, string path, DecodeContext context)
    {
        if (value.AsSpan().IndexOfAny('\0', '\r', '\n') < 0)
        {
            return true;
        }
        context.Error(path, "HEADERS", "the value holds characters that no header may have");
        return false;
    }

    private static bool CheckName(string name, string path, DecodeContext context)
    {
        if (name.StartsWith(':') || name.Equals("host", StringComparison.OrdinalIgnoreCase))
        {
            context.Error(
                path, "HEADERS", ":-prefixed or host headers may not be modified", "use the route's rewrites");
            return false;
        }
        if (name.Length == 0 || name.AsSpan().IndexOfAny('\0', '\r', '\n') >= 0)
        {
            context.Error(path, "HEADERS", "not a header name");
            return false;
        }
        return true;
    }
}
