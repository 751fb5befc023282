using System.Text;
using Lateen.Http;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Runtime;
using AppendAction = Envoy.Config.Core.V3.HeaderValueOption.Types.HeaderAppendAction;
using HeaderValueOption = Envoy.Config.Core.V3.HeaderValueOption;

namespace Lateen.Proxy.ExtAuthz;

/// <summary>Headers that an authorization service hands out.</summary>
internal static class AuthzHeaders
{
    private static readonly HeaderName ToRemove = HeaderName.Create("x-envoy-auth-headers-to-remove");

    /// <summary>
    /// Sets a request header. With <c>append</c> the value is joined to one that is there, and nothing happens without
    /// one; <c>append_action</c> is not looked at.
    /// </summary>
    public static void ApplyToRequest(HeaderMap headers, HeaderValueOption option)
    {
        var name = HeaderName.Create(option.Header.Key);
        if (option.Append != true)
        {
            headers.Set(name, Value(option));
        }
        else if (headers.IndexOf(name) is >= 0 and var index)
        {
            headers.AppendValue(index, Value(option), ","u8);
        }
    }

    /// <summary>Adds to or sets headers of an answer: <c>append</c> where it is given, else the action.</summary>
    public static void ApplyToResponse(HeaderMap headers, HeaderValueOption option)
    {
        var name = HeaderName.Create(option.Header.Key);
        var exists = headers.IndexOf(name) >= 0;
        var action = option.Append switch
        {
            true => AppendAction.AppendIfExistsOrAdd,
            false => AppendAction.OverwriteIfExistsOrAdd,
            null => option.AppendAction,
        };
        switch (action)
        {
            case AppendAction.AddIfAbsent when exists:
            case AppendAction.OverwriteIfExists when !exists:
                return;
            case AppendAction.OverwriteIfExists or AppendAction.OverwriteIfExistsOrAdd:
                headers.Set(name, Value(option));
                return;
            default:
                headers.Add(name, Value(option));
                return;
        }
    }

    /// <summary>The same of a refusal; with <c>append</c> nothing happens unless the header is there.</summary>
    public static void ApplyToRefusal(HeaderMap headers, HeaderValueOption option)
    {
        if (option.Append != true || headers.Contains(HeaderName.Create(option.Header.Key)))
        {
            ApplyToResponse(headers, option);
        }
    }

    /// <summary>Takes options without a header, or whose header has no name, out of an answer.</summary>
    public static void DropNameless(IList<HeaderValueOption>? options)
    {
        for (var i = (options?.Count ?? 0) - 1; i >= 0; i--)
        {
            if (options![i].Header is not { Key.Length: > 0 })
            {
                options.RemoveAt(i);
            }
        }
    }

    /// <summary>Whether a header could be sent: a name of token characters, a value on one line.</summary>
    public static bool IsValid(HeaderValueOption option) =>
        option.Header is { } header && HeaderText.IsName(header.Key)
        && !Value(option).AsSpan().ContainsAny((byte)0, (byte)'\r', (byte)'\n');

    /// <summary>The value, in bytes.</summary>
    public static byte[] Value(HeaderValueOption option) => option.Header.Value.Length > 0
        ? Encoding.UTF8.GetBytes(option.Header.Value)
        : option.Header.RawValue.ToByteArray();

    /// <summary>Takes the headers away that the service lists in one of its own.</summary>
    public static bool RemoveListed(HeaderMap from, HeaderMap request)
    {
        var any = false;
        for (var i = from.IndexOf(ToRemove); i >= 0; i = from.IndexOf(ToRemove, i + 1))
        {
            foreach (var name in Encoding.UTF8.GetString(from.GetValue(i)).Split(',', StringSplitOptions.TrimEntries))
            {
                if (name.Length > 0 && name[0] != ':' && !name.Equals("host", StringComparison.OrdinalIgnoreCase))
                {
                    any = true;
                    request.Remove(HeaderName.Create(name));
                }
            }
        }
        return any;
    }

    /// <summary>Copies the headers whose names fit; whether there were any.</summary>
    public static bool Copy(HeaderMap from, HeaderMap to, StringMatcher[] rules, bool append)
    {
        var any = false;
        for (var i = 0; rules.Length > 0 && i < from.Count; i++)
        {
            var name = from.GetName(i);
            if (name[0] == ':' || !ExtAuthzConfig.Fits(rules, name))
            {
                continue;
            }
            any = true;
            var present = to.IndexOf(name);
            if (present < 0 || append)
            {
                to.Add(name, from.GetValue(i));
            }
            else
            {
                to.SetValue(present, from.GetValue(i));
            }
        }
        return any;
    }

    /// <summary>Headers of a refusal for the client: all, or those that are allowed.</summary>
    public static void CopyRefusal(HeaderMap from, HeaderMap to, StringMatcher[]? rules)
    {
        for (var i = 0; i < from.Count; i++)
        {
            var name = from.GetName(i);
            var isFraming = from.GetId(i) is HeaderId.ContentLength or HeaderId.TransferEncoding
                or HeaderId.Connection or HeaderId.Status;
            var isAlways = from.GetId(i) is HeaderId.Location || name.SequenceEqual("www-authenticate"u8);
            if (!isFraming && (rules is null || isAlways || ExtAuthzConfig.Fits(rules, name)))
            {
                to.Add(name, from.GetValue(i));
            }
        }
    }
}
