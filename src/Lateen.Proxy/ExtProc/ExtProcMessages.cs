using System.Text;
using Envoy.Config.Core.V3;
using Google.Protobuf;
using Lateen.Http;
using Lateen.Proxy.ExtAuthz;
using Lateen.Proxy.Runtime;
using HeaderMap = Lateen.Http.HeaderMap;
using HeaderMapProto = Envoy.Config.Core.V3.HeaderMap;
using HeaderMutationProto = Envoy.Service.ExtProc.V3.HeaderMutation;

namespace Lateen.Proxy.ExtProc;

/// <summary>Makes messages of a stream and applies what comes back.</summary>
internal static class ExtProcMessages
{
    private static readonly byte[] TooMany = "header_mutation_operation_count_exceeds_limit"u8.ToArray();
    private static readonly byte[] RemoveFailed = "header_mutation_remove_headers_failed"u8.ToArray();
    private static readonly byte[] SetFailed = "header_mutation_set_headers_failed"u8.ToArray();
    private static readonly byte[] Invalid = "header_mutation_set_contains_invalid_character"u8.ToArray();
    private static readonly byte[] InvalidRemoval = "header_mutation_remove_contains_invalid_character"u8.ToArray();

    private static readonly HeaderId[] RequestFirst =
        [HeaderId.Authority, HeaderId.Path, HeaderId.Method, HeaderId.Scheme];

    /// <summary>Headers as the service sees them: those of the protocol first.</summary>
    public static HeaderMapProto Headers(HeaderMap headers, ExtProcConfig config)
    {
        var result = new HeaderMapProto();
        foreach (var id in RequestFirst)
        {
            if (headers.IndexOf(id) is >= 0 and var index)
            {
                Add(result, headers, index, config);
            }
        }
        for (var i = 0; i < headers.Count; i++)
        {
            if (Array.IndexOf(RequestFirst, headers.GetId(i)) < 0)
            {
                Add(result, headers, i, config);
            }
        }
        return result;
    }

    /// <summary>Changes headers as far as the rules let, removals first; what is wrong, where that is an
    /// error.</summary>
    public static byte[]? Apply(
        HeaderMutationProto? mutation, HeaderMap headers, in HeaderMutationScope scope, Action rejected,
        out ExtProcEffect effect)
    {
        effect = ExtProcEffect.None;
        if (mutation is null)
        {
            return null;
        }
        if (mutation.RemoveHeaders.Count > scope.CountMax || mutation.SetHeaders.Count > scope.CountMax)
        {
            rejected();
            effect = ExtProcEffect.RefusedForSize;
            return TooMany;
        }
        foreach (var name in mutation.RemoveHeaders)
        {
            if (name.Length > 0 && !HeaderText.IsName(name))
            {
                rejected();
                effect = ExtProcEffect.RefusedAsInvalid;
                return InvalidRemoval;
            }
            if (scope.Rules.CanRemove(name))
            {
                effect = headers.Remove(HeaderName.Create(name)) > 0 ? ExtProcEffect.Applied : effect;
                continue;
            }
            rejected();
            if (scope.Rules.DisallowIsError)
            {
                effect = ExtProcEffect.Failed;
                return RemoveFailed;
            }
        }
        foreach (var option in mutation.SetHeaders)
        {
            if (option.Header is { Key.Length: > 0 } header
                && TrySet(option, header, headers, scope, rejected, ref effect) is { } e)
            {
                effect = e == Invalid ? ExtProcEffect.RefusedAsInvalid : ExtProcEffect.Failed;
                return e;
            }
        }
        return null;
    }

    private static byte[]? TrySet(
        HeaderValueOption option, HeaderValue header, HeaderMap headers, in HeaderMutationScope scope, Action rejected,
        ref ExtProcEffect effect)
    {
        var value = header.RawValue.ToByteArray();
        if (!HeaderText.IsName(header.Key) || !HeaderText.IsValue(value))
        {
            rejected();
            return Invalid;
        }
        var name = HeaderName.Create(header.Key);
        if (scope.KeepsLength && name.Id == HeaderId.ContentLength)
        {
            return null;
        }
        var append = option.Append ?? false;
        if (scope.Rules.CanSet(header.Key, value, append) || (scope.Replaces && name.Id == HeaderId.Method))
        {
            if (name.Id != HeaderId.None || !header.Key.StartsWith(':'))
            {
                // Nobody is sent a pseudo-header that there is none of.
                Set(headers, name, value, append, option.AppendAction);
            }
            effect = ExtProcEffect.Applied;
            return null;
        }
        rejected();
        return scope.Rules.DisallowIsError ? SetFailed : null;
    }

    private static void Set(
        HeaderMap headers, HeaderName name, byte[] value, bool append,
        HeaderValueOption.Types.HeaderAppendAction action)
    {
        var exists = headers.Contains(name);
        switch (action)
        {
            case HeaderValueOption.Types.HeaderAppendAction.AddIfAbsent when exists:
            case HeaderValueOption.Types.HeaderAppendAction.OverwriteIfExists when !exists:
                return;
            default:
                break;
        }
        if (append)
        {
            headers.Add(name, value);
        }
        else
        {
            headers.Set(name, value);
        }
    }

    private static void Add(HeaderMapProto result, HeaderMap headers, int index, ExtProcConfig config)
    {
        var name = headers.GetName(index);
        if (ExtAuthzConfig.Fits(config.DisallowedHeaders, name)
            || (config.AllowedHeaders is { } allowed && !ExtAuthzConfig.Fits(allowed, name)))
        {
            return;
        }
        result.Headers.Add(new HeaderValue
        {
            Key = Encoding.ASCII.GetString(name),
            RawValue = ByteString.CopyFrom(headers.GetValue(index)),
        });
    }
}
