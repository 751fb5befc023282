using System.Text;
using Envoy.Extensions.Filters.Http.GrpcJsonTranscoder.V3;
using Google.Api;
using Lateen.Core.Protobuf;
using Lateen.Proxy.Filters;
using Lateen.Proxy.Transcoding;

namespace Lateen.Proxy.Config.Decode.Filters;

/// <summary>The filter <c>grpc_json_transcoder</c>.</summary>
internal static class TranscoderDecoder
{
    /// <summary>Number of the option <c>google.api.http</c>.</summary>
    private const int HttpOption = 72295728;

    public static HttpFilter? Filter(FilterSource source) => Decode(source) is not { } config ? null
        : new TranscoderFilter
        {
            Name = source.Name,
            Disabled = source.Disabled,
            Config = config,
            Stats = new TranscoderStats(source.Scope!),
        };

    public static object? Route(FilterSource source) => Decode(source);

    private static TranscoderConfig? Decode(FilterSource source)
    {
        var proto = source.Read(GrpcJsonTranscoder.Parser);
        if (ReadSchema(proto, source) is not { } schema)
        {
            return null;
        }
        if (proto.MaxRequestBodySize == 0 || proto.MaxResponseBodySize == 0)
        {
            source.Error("", "max_request_body_size and max_response_body_size must be greater than 0");
        }
        var print = proto.PrintOptions ?? new GrpcJsonTranscoder.Types.PrintOptions();
        var checks = proto.RequestValidationOptions ?? new GrpcJsonTranscoder.Types.RequestValidationOptions();
        return new TranscoderConfig
        {
            Methods = proto.Services.Count == 0 ? null : ReadMethods(proto, schema, source),
            Printing = new MessageWriteOptions
            {
                DeclaredNames = print.PreserveProtoFieldNames,
                AlwaysPrintPrimitives = print.AlwaysPrintPrimitiveFields,
                EnumsAsNumbers = print.AlwaysPrintEnumsAsInts,
                KeepsMapOrder = true,
                StrictTexts = true,
                FindType = schema.FindType,
            },
            Reading = new MessageReadOptions
            {
                IgnoreUnknownFields = true,
                IgnoreCase = proto.CaseInsensitiveEnumParsing,
                FindType = schema.FindType,
            },
            Indented = print.AddWhitespace,
            Streams = print.StreamNewlineDelimited ? TranscoderConfig.StreamStyle.Lines
                : print.StreamSseStyleDelimited ? TranscoderConfig.StreamStyle.Events
                : TranscoderConfig.StreamStyle.Array,
            KeepsRoute = proto.MatchIncomingRequestRoute,
            IgnoredParameters = [.. proto.IgnoredQueryParameters],
            IgnoresUnknownParameters = proto.IgnoreUnknownQueryParameters,
            CapturesUnknownParameters = proto.CaptureUnknownQueryParameters,
            ConvertsStatus = proto.ConvertGrpcStatus,
            Unescape = (PathSegments.Unescape)(int)proto.UrlUnescapeSpec,
            PlusIsSpace = proto.QueryParamUnescapePlus,
            RejectsUnknownMethods = checks.RejectUnknownMethod,
            RejectsUnknownParameters = checks.RejectUnknownQueryParameters,
            RejectsCollisions = checks.RejectBindingBodyFieldCollisions,
            IgnoresCase = proto.CaseInsensitiveEnumParsing,
            RequestBytesMax = proto.MaxRequestBodySize ?? 1024 * 1024,
            ResponseBytesMax = proto.MaxResponseBodySize ?? 1024 * 1024,
        };
    }

    private static ApiSchema? ReadSchema(GrpcJsonTranscoder proto, FilterSource source)
    {
        byte[] bytes;
        switch (proto.DescriptorSetCase)
        {
            case GrpcJsonTranscoder.DescriptorSetOneofCase.ProtoDescriptorBin:
                bytes = proto.ProtoDescriptorBin.ToByteArray();
                break;
            case GrpcJsonTranscoder.DescriptorSetOneofCase.ProtoDescriptor:
                try
                {
                    bytes = File.ReadAllBytes(proto.ProtoDescriptor);
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
                {
                    source.Error("proto_descriptor", $"Invalid path: {proto.ProtoDescriptor}");
                    return null;
                }
                break;
            default:
                source.Error("", "proto_descriptor or proto_descriptor_bin is required");
                return null;
        }
        if (ApiSchema.TryParse(bytes) is { } schema)
        {
            return schema;
        }
        source.Error("proto_descriptor", "transcoding_filter: Unable to parse proto descriptor");
        return null;
    }

    private static PathMatcher ReadMethods(GrpcJsonTranscoder proto, ApiSchema schema, FilterSource source)
    {
        var matcher = new PathMatcher { AnyVerb = proto.MatchUnregisteredCustomVerb };
        foreach (var name in proto.Services)
        {
            if (schema.FindService(name) is not { } service)
            {
                source.Error("services", $"transcoding_filter: Could not find '{name}' in the proto descriptor");
                continue;
            }
            foreach (var method in service.Methods)
            {
                foreach (var rule in Rules(service, method, proto.AutoMapping))
                {
                    if (Add(matcher, service, method, rule) is { } error)
                    {
                        source.Error(
                            "services",
                            $"transcoding_filter: Cannot register '{name}.{method.Name}'{error}");
                    }
                }
            }
        }
        return matcher;
    }

    private static IEnumerable<HttpRule> Rules(ServiceSchema service, MethodSchema method, bool isAuto)
    {
        if (method.Option(HttpOption) is { } option)
        {
            var rule = HttpRule.Parser.ParseFrom(option);
            return [rule, .. rule.AdditionalBindings];
        }
        return isAuto ? [new HttpRule { Post = $"/{service.FullName}/{method.Name}", Body = "*" }] : [];
    }

    /// <summary>Null: the rule's path is known now; otherwise what is wrong.</summary>
    private static string? Add(PathMatcher matcher, ServiceSchema service, MethodSchema method, HttpRule rule)
    {
        if (method.Input is null || method.Output is null)
        {
            return ": the descriptors lack its messages";
        }
        FieldPath? body = null;
        FieldPath? response = null;
        if (rule.Body is not ("" or "*"))
        {
            body = FieldPath.Find(method.Input, rule.Body, out var error);
            if (body is null)
            {
                return $": {error}";
            }
        }
        if (rule.ResponseBody.Length > 0)
        {
            response = FieldPath.Find(method.Output, rule.ResponseBody, out var error);
            if (response is null)
            {
                return $": {error}";
            }
        }
        var target = new TranscodedMethod
        {
            Path = Encoding.UTF8.GetBytes($"/{service.FullName}/{method.Name}"),
            Input = method.Input,
            Output = method.Output,
            StreamsIn = method.StreamsIn,
            StreamsOut = method.StreamsOut,
            Body = body,
            Response = response,
        };
        if (response is not null && !target.GivesBytes)
        {
            return ": Setting \"response_body\" is not supported yet for non-HttpBody fields";
        }
        var (verb, path) = rule.PatternCase switch
        {
            HttpRule.PatternOneofCase.Get => ("GET", rule.Get),
            HttpRule.PatternOneofCase.Put => ("PUT", rule.Put),
            HttpRule.PatternOneofCase.Post => ("POST", rule.Post),
            HttpRule.PatternOneofCase.Delete => ("DELETE", rule.Delete),
            HttpRule.PatternOneofCase.Patch => ("PATCH", rule.Patch),
            HttpRule.PatternOneofCase.Custom => (rule.Custom.Kind, rule.Custom.Path),
            _ => ("", ""),
        };
        if (PathTemplate.Parse(path) is not { } template)
        {
            return " to path matcher";
        }
        // A path that two methods have stays the first one's.
        matcher.TryAdd(verb, template, target);
        return null;
    }
}
