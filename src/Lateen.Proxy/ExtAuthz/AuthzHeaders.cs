using System.Text;
using Lateen.Http;
using Lateen.Proxy.Routing;
using HeaderValueOption = Envoy.Config.Core.V3.HeaderValueOption;
using AppendAction = Envoy.Config.Core.V3.HeaderValueOption.Types.HeaderAppendAction;

namespace Lateen.Proxy.ExtAuthz;

/// <summary>Headers that an authorization service hands out.</summary>
internal static class AuthzHeaders
{
    /// <summary>
    /// Sets a header. With <c>append</c> the value is joined to one that is there, and nothing happens without one.
    /// </summary>
    public static void Apply(HeaderMap headers, HeaderValueOption option)
    {
        var name = HeaderName.Create(option.Header.Key);
        var value = option.Header.Value.Length > 0
            ? Encoding.UTF8.GetBytes(option.Header.Value)
            : option.Header.RawValue.ToByteArray();
        var index = headers.IndexOf(name);
        if (option.Append is { } append)
        {
            if (!append)
            {
                headers.Set(name, value);
            }
            else if (index >= 0)
            {
                headers.AppendValue(index, value, ","u8);
            }
            return;
        }
        switch (option.AppendAction)
        {
            case AppendAction.AddIfAbsent when index >= 0:
                return;
            case AppendAction.AddIfAbsent:
                headers.Add(name, value);
                return;
            default:
                headers.Set(name, value);
                return;
        }
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
            var isAlways = from.GetId(i) is HeaderId.Location or HeaderId.SetCookie
                || name.SequenceEqual("www-authenticate"u8) || name.SequenceEqual("proxy-authenticate"u8);
            if (!isFraming && (rules is null || isAlways || ExtAuthzConfig.Fits(rules, name)))
            {
                to.Add(name, from.GetValue(i));
            }
        }
    }
}
