using System.Text;
using Envoy.Type.Metadata.V3;
using Lateen.Http;
using Lateen.Proxy.Config.Decode;
using Lateen.Proxy.Formatting;
using Lateen.Proxy.Streams;
using Proto = Envoy.Type.Tracing.V3.CustomTag;

namespace Lateen.Proxy.Tracing;

/// <summary>Custom tags of traces and of gRPC access logs.</summary>
internal static class CustomTagDecoder
{
    public static CustomTag[] Decode(IReadOnlyList<Proto> tags, string path, DecodeContext context)
    {
        var result = new List<CustomTag>(tags.Count);
        for (var i = 0; i < tags.Count; i++)
        {
            var name = Encoding.UTF8.GetBytes(tags[i].Tag);
            if (DecodeOne(tags[i], $"{path}[{i}]", context) is { } writer
                && !result.Exists(tag => tag.Name.AsSpan().SequenceEqual(name)))
            {
                // The first of a name counts.
                result.Add(new CustomTag(name, writer));
            }
        }
        return [.. result];
    }

    /// <summary>Tags of two levels; those of the more specific one win by name.</summary>
    public static CustomTag[] Merge(CustomTag[] general, CustomTag[] specific) =>
    [
        .. general.Where(tag => !specific.Any(other => other.Name.AsSpan().SequenceEqual(tag.Name))), .. specific,
    ];

    private static FormatWriter? DecodeOne(Proto tag, string path, DecodeContext context)
    {
        switch (tag.TypeCase)
        {
            case Proto.TypeOneofCase.Literal:
                return Fixed(tag.Literal.Value);
            case Proto.TypeOneofCase.Environment:
                var found = StreamOperators.Environment(tag.Environment.Name);
                return Fixed(string.IsNullOrEmpty(found) ? tag.Environment.DefaultValue : found);
            case Proto.TypeOneofCase.RequestHeader:
                return Header(tag.RequestHeader);
            case Proto.TypeOneofCase.Metadata:
                return Metadata(tag.Metadata, path, context);
            case Proto.TypeOneofCase.Value:
                if (FormatString.TryParse(tag.Value, out var format, out var error))
                {
                    return (ByteBuffer output, StreamInfo info, in FormatContext at) =>
                    {
                        format!.Write(output, info, at, default);
                        return true;
                    };
                }
                context.Error($"{path}.value", "FORMAT", error);
                return null;
            default:
                context.Error(path, "CUSTOM_TAG", "a custom tag needs a type");
                return null;
        }
    }

    private static FormatWriter Fixed(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return (ByteBuffer output, StreamInfo _, in FormatContext _) =>
        {
            output.Write(bytes);
            return true;
        };
    }

    private static FormatWriter Header(Proto.Types.Header header)
    {
        var name = HeaderName.Create(header.Name);
        var missing = Encoding.UTF8.GetBytes(header.DefaultValue);
        return (ByteBuffer output, StreamInfo info, in FormatContext _) =>
        {
            output.Write(info.RequestHeaders is { } map && map.TryGet(name, out var value) ? value : missing);
            return true;
        };
    }

    private static FormatWriter? Metadata(Proto.Types.Metadata metadata, string path, DecodeContext context)
    {
        Func<StreamInfo, string, string[], object?>? read = metadata.Kind?.KindCase switch
        {
            null or MetadataKind.KindOneofCase.None or MetadataKind.KindOneofCase.Request =>
                MetadataOperators.Dynamic,
            MetadataKind.KindOneofCase.Route => MetadataOperators.OfRoute,
            MetadataKind.KindOneofCase.Cluster => MetadataOperators.OfCluster,
            MetadataKind.KindOneofCase.Host => MetadataOperators.OfHost,
            _ => null,
        };
        if (read is null)
        {
            context.Error($"{path}.metadata", "CUSTOM_TAG", "metadata of this kind is not supported");
            return null;
        }
        var filter = metadata.MetadataKey?.Key ?? "";
        var keys = metadata.MetadataKey?.Path.Select(segment => segment.Key).ToArray() ?? [];
        var missing = Encoding.UTF8.GetBytes(metadata.DefaultValue);
        return (ByteBuffer output, StreamInfo info, in FormatContext _) =>
        {
            if (!MetadataOperators.WriteValue(output, read(info, filter, keys)))
            {
                output.Write(missing);
            }
            return true;
        };
    }
}
