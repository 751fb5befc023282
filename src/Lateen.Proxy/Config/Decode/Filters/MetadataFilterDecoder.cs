using System.Text;
using Google.Protobuf.WellKnownTypes;
using Lateen.Http;
using Lateen.Proxy.Filters;
using Lateen.Proxy.Streams;
using H2m = Envoy.Extensions.Filters.Http.HeaderToMetadata.V3.Config;
using JsonProto = Envoy.Extensions.Filters.Http.JsonToMetadata.V3.JsonToMetadata;
using SetFilterStateProto = Envoy.Extensions.Filters.Http.SetFilterState.V3.Config;
using SetMetadataProto = Envoy.Extensions.Filters.Http.SetMetadata.V3.Config;

namespace Lateen.Proxy.Config.Decode.Filters;

/// <summary>Filters that write metadata and filter state.</summary>
internal static class MetadataFilterDecoder
{
    private const string HeaderSpace = "envoy.filters.http.header_to_metadata";
    private const string JsonSpace = "envoy.filters.http.json_to_metadata";

    public static HttpFilter HeaderToMetadata(FilterSource source) => new HeaderToMetadataFilter
    {
        Name = source.Name,
        Disabled = source.Disabled,
        Rules = Rules(source),
    };

    public static object HeaderToMetadataRoute(FilterSource source) => Rules(source);

    public static HttpFilter SetMetadata(FilterSource source)
    {
        var config = source.Read(SetMetadataProto.Parser);
        var entries = new List<(string, Struct, bool)>();
        if (config.Value is not null && config.MetadataNamespace.Length > 0)
        {
            // The old form always merges.
            entries.Add((config.MetadataNamespace, config.Value, true));
        }
        entries.AddRange(config.Metadata.Where(entry => entry.Value is not null).Select(
            entry => (entry.MetadataNamespace, entry.Value, entry.AllowOverwrite)));
        return new SetMetadataFilter(source.Scope!)
        {
            Name = source.Name,
            Disabled = source.Disabled,
            Entries = [.. entries],
            // Where both are given the message is passed over.
            Messages = [.. config.Metadata.Where(entry => entry.Value is null && entry.TypedValue is not null)
                .Select(entry => (entry.MetadataNamespace, entry.TypedValue, entry.AllowOverwrite))],
        };
    }

    public static HttpFilter SetFilterState(FilterSource source) => new SetFilterStateFilter
    {
        Name = source.Name,
        Disabled = source.Disabled,
        Entries = Entries(source.Read(SetFilterStateProto.Parser).OnRequestHeaders, source),
        ClearsRoute = source.Read(SetFilterStateProto.Parser).ClearRouteCache,
    };

    public static object SetFilterStateRoute(FilterSource source) =>
        Entries(source.Read(SetFilterStateProto.Parser).OnRequestHeaders, source);

    /// <summary>Filter state values as listeners, connections and requests set them.</summary>
    public static FilterStateEntry[] Entries(
        IEnumerable<Envoy.Extensions.Filters.Common.SetFilterState.V3.FilterStateValue> values, FilterSource source)
    {
        var entries = new List<FilterStateEntry>();
        foreach (var value in values)
        {
            var factory = value.FactoryKey.Length > 0 ? value.FactoryKey : value.ObjectKey;
            if (!FilterStateFactories.Contains(factory))
            {
                source.Error("on_request_headers", $"'{factory}' does not have an object factory");
            }
            if (AccessLogDecoder.DecodeFormat(value.FormatString, $"{source.Path}.format_string", source.Context)
                is { } format)
            {
                entries.Add(new FilterStateEntry(
                    value.ObjectKey, factory, format, value.SkipIfEmpty,
                    (FilterStateSharing)(int)value.SharedWithUpstream));
            }
        }
        return [.. entries];
    }

    public static HttpFilter JsonToMetadata(FilterSource source)
    {
        var config = source.Read(JsonProto.Parser);
        return new JsonToMetadataFilter
        {
            Name = source.Name,
            Disabled = source.Disabled,
            Settings = Settings(config, source),
        };
    }

    public static object JsonToMetadataRoute(FilterSource source)
    {
        var config = source.Read(JsonProto.Parser);
        if (config.RequestRules is null && config.ResponseRules is null)
        {
            source.Error("", "json_to_metadata filter: Per route configs must at least specify either request or"
                + " response rules");
        }
        return Settings(config, source);
    }

    private static JsonToMetadataSettings Settings(JsonProto config, FilterSource source) => new(
        Direction(config.RequestRules, "rq", source), Direction(config.ResponseRules, "resp", source));

    private static JsonToMetadataDirection? Direction(JsonProto.Types.MatchRules? rules, string prefix,
        FilterSource source)
    {
        if (rules is null)
        {
            return null;
        }
        foreach (var rule in rules.Rules)
        {
            if (rule.OnPresent is null && rule.OnMissing is null)
            {
                source.Error("rules", "json to metadata filter: neither `on_present` nor `on_missing` set");
            }
            if (rule.OnMissing is { Value: null } || rule.OnError is { Value: null })
            {
                source.Error("rules", "json to metadata filter: cannot specify on_missing or on_error rule without"
                    + " value");
            }
        }
        return new JsonToMetadataDirection(source.Context.Stats.GetScope("", Stats.StatLayout.Empty), prefix)
        {
            ContentTypes = rules is { AllowContentTypes.Count: 0, AllowContentTypesRegex: null }
                ? ["application/json"u8.ToArray()]
                : [.. rules.AllowContentTypes.Select(Encoding.ASCII.GetBytes)],
            ContentTypesRegex = rules.AllowContentTypesRegex is { } regex
                ? source.Context.Regex(regex.Regex, $"{source.Path}.allow_content_types_regex") : null,
            AllowEmptyContentType = rules.AllowEmptyContentType,
            Rules = [.. rules.Rules.Select(rule => new JsonToMetadataRule(
                [.. rule.Selectors.Select(selector => selector.Key)], Write(rule.OnPresent), Write(rule.OnMissing),
                Write(rule.OnError)))],
        };
    }

    private static JsonMetadataWrite? Write(JsonProto.Types.KeyValuePair? pair) =>
        pair is null ? null : new JsonMetadataWrite(
            pair.MetadataNamespace.Length > 0 ? pair.MetadataNamespace : JsonSpace, pair.Key,
            MetadataValues.Unwrap(pair.Value), KindOf((int)pair.Type, MetadataValueKind.ProtobufValue),
            pair.PreserveExistingMetadataValue);

    private static HeaderToMetadataRules Rules(FilterSource source)
    {
        var config = source.Read(H2m.Parser);
        return new HeaderToMetadataRules(
            [.. config.RequestRules.Select(rule => Rule(rule, source))],
            [.. config.ResponseRules.Select(rule => Rule(rule, source))]);
    }

    private static HeaderToMetadataRule Rule(H2m.Types.Rule rule, FilterSource source)
    {
        if ((rule.Header.Length > 0) == (rule.Cookie.Length > 0))
        {
            source.Error("request_rules", "One of Cookie or Header option needs to be specified");
        }
        if (rule.OnHeaderPresent is null && rule.OnHeaderMissing is null)
        {
            source.Error("request_rules", "header to metadata filter: rule for header '" + rule.Header
                + "' has neither `on_header_present` nor `on_header_missing` set");
        }
        if (rule is { Cookie.Length: > 0, Remove: true })
        {
            source.Error("request_rules", "Cannot specify remove for cookie");
        }
        if (rule.OnHeaderMissing is { Value.Length: 0 })
        {
            source.Error("on_header_missing", "Cannot specify on_header_missing rule without non-empty value");
        }
        if (rule.OnHeaderPresent is { Value.Length: > 0, RegexValueRewrite: not null })
        {
            source.Error("on_header_present", "Cannot specify both value and regex_value_rewrite");
        }
        return new HeaderToMetadataRule(
            rule.Header.Length > 0 ? HeaderName.Create(rule.Header) : null,
            rule.Cookie.Length > 0 ? Encoding.UTF8.GetBytes(rule.Cookie) : null,
            Write(rule.OnHeaderPresent, source), Write(rule.OnHeaderMissing, source), rule.Remove);
    }

    private static MetadataWrite? Write(H2m.Types.KeyValuePair? pair, FilterSource source) =>
        pair is null ? null : new MetadataWrite(
            pair.MetadataNamespace.Length > 0 ? pair.MetadataNamespace : HeaderSpace, pair.Key, pair.Value,
            KindOf((int)pair.Type, MetadataValueKind.String), pair.Encode == H2m.Types.ValueEncode.Base64,
            MatcherDecoder.DecodeRewrite(
                pair.RegexValueRewrite, $"{source.Path}.regex_value_rewrite", source.Context));

    private static MetadataValueKind KindOf(int type, MetadataValueKind first) => type switch
    {
        0 => first,
        1 when first == MetadataValueKind.ProtobufValue => MetadataValueKind.String,
        1 => MetadataValueKind.Number,
        2 when first == MetadataValueKind.ProtobufValue => MetadataValueKind.Number,
        _ => MetadataValueKind.ProtobufValue,
    };
}
