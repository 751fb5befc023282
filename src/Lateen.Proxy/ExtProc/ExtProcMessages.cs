using System.Text;
using Envoy.Config.Core.V3;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Lateen.Http;
using Lateen.Proxy.ExtAuthz;
using Lateen.Proxy.Streams;
using HeaderMap = Lateen.Http.HeaderMap;
using HeaderMutationProto = Envoy.Service.ExtProc.V3.HeaderMutation;
using HeaderMapProto = Envoy.Config.Core.V3.HeaderMap;

namespace Lateen.Proxy.ExtProc;

/// <summary>Makes messages of a stream and applies what comes back.</summary>
internal static class ExtProcMessages
{
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

    /// <summary>Metadata of the namespaces that the service may see.</summary>
    public static Metadata Metadata(StreamInfo info, string[] namespaces)
    {
        var result = new Metadata();
        foreach (var name in namespaces)
        {
            if (info.Metadata?.HasNamespace(name) == true)
            {
                var fields = new Struct();
                foreach (var (key, value) in info.Metadata.GetAll(name))
                {
                    fields.Fields[key] = MetadataValues.Wrap(value);
                }
                result.FilterMetadata[name] = fields;
            }
        }
        return result;
    }

    /// <summary>Changes headers as far as the rules let; false when that is an error. Removals come first.</summary>
    public static bool TryApply(
        HeaderMutationProto? mutation, HeaderMap headers, HeaderMutationRules rules, Action rejected)
    {
        var isGood = true;
        foreach (var name in mutation?.RemoveHeaders ?? [])
        {
            if (rules.CanRemove(name))
            {
                headers.Remove(HeaderName.Create(name));
            }
            else
            {
                rejected();
                isGood = !rules.DisallowIsError;
            }
        }
        foreach (var option in mutation?.SetHeaders ?? [])
        {
            if (option.Header is not { Key.Length: > 0 } header)
            {
                continue;
            }
            var value = header.RawValue.ToByteArray();
            var append = option.Append ?? false;
            if (!rules.CanSet(header.Key, value, append))
            {
                rejected();
                isGood &= !rules.DisallowIsError;
                continue;
            }
            Set(headers, HeaderName.Create(header.Key), value, append, option.AppendAction);
        }
        return isGood;
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
