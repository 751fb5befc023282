using System.Buffers.Text;
using System.Text;
using Google.Protobuf.WellKnownTypes;
using Lateen.Http;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Filters;

/// <summary>The HTTP filter <c>header_to_metadata</c>. Source: <c>header_to_metadata.v3.Config</c>.</summary>
internal sealed class HeaderToMetadataFilter : HttpFilter
{
    public required HeaderToMetadataRules Rules { get; init; }

    public override HttpFilterResult OnRequestHeaders(int worker, HeaderMap request, StreamInfo info)
    {
        Apply(Settings(info).Request, request, info);
        return HttpFilterResult.Continue;
    }

    public override void OnResponseHeaders(int worker, HeaderMap response, StreamInfo info) =>
        Apply(Settings(info).Response, response, info);

    private HeaderToMetadataRules Settings(StreamInfo info) =>
        Route.GetPerFilterConfig(info, Name) as HeaderToMetadataRules ?? Rules;

    private static void Apply(HeaderToMetadataRule[] rules, HeaderMap headers, StreamInfo info)
    {
        foreach (var rule in rules)
        {
            ReadOnlySpan<byte> value;
            var present = rule.Header is { } header
                ? headers.TryGet(header, out value)
                : CookieMatcher.TryGet(headers, rule.Cookie, out value) && !value.IsEmpty;
            if (present && rule.OnPresent is { } onPresent)
            {
                Put(onPresent, Text(rule, headers, value), info);
            }
            else if (!present && rule.OnMissing is { } onMissing)
            {
                Put(onMissing, "", info);
            }
            if (present && rule.Remove && rule.Header is { } gone)
            {
                headers.Remove(gone);
            }
        }
    }

    /// <summary>All values of a repeated header, joined.</summary>
    private static string Text(HeaderToMetadataRule rule, HeaderMap headers, ReadOnlySpan<byte> first)
    {
        if (rule.Header is not { } header || headers.IndexOf(header, headers.IndexOf(header) + 1) < 0)
        {
            return Encoding.UTF8.GetString(first);
        }
        var values = new List<string>();
        for (var i = headers.IndexOf(header); i >= 0; i = headers.IndexOf(header, i + 1))
        {
            values.Add(Encoding.UTF8.GetString(headers.GetValue(i)));
        }
        return string.Join(',', values);
    }

    private static void Put(MetadataWrite write, string value, StreamInfo info)
    {
        if (write.Value.Length > 0)
        {
            value = write.Value;
        }
        else if (write.Rewrite is { } rewrite)
        {
            var output = Scratch.Rewritten;
            rewrite.Pattern.Replace(Encoding.UTF8.GetBytes(value), rewrite.Substitution, output);
            value = output.ToString();
        }
        if (value.Length > 0 && Decode(write, value) is { } decoded)
        {
            info.SetMetadata(write.Namespace, write.Key, decoded);
        }
    }

    private static object? Decode(MetadataWrite write, string value)
    {
        var bytes = Encoding.UTF8.GetBytes(value);
        if (write.Base64)
        {
            var decoded = new byte[value.Length];
            if (!Convert.TryFromBase64String(value, decoded, out var length))
            {
                return null;
            }
            bytes = decoded[..length];
        }
        switch (write.Kind)
        {
            case MetadataValueKind.Number:
                return Utf8Parser.TryParse(bytes, out double number, out var used) && used == bytes.Length
                    ? number
                    : null;
            case MetadataValueKind.ProtobufValue:
                try
                {
                    return Value.Parser.ParseFrom(bytes);
                }
                catch (Google.Protobuf.InvalidProtocolBufferException)
                {
                    // A client may send anything; what is no value leaves no metadata.
                    return null;
                }
            default:
                return Encoding.UTF8.GetString(bytes);
        }
    }
}
