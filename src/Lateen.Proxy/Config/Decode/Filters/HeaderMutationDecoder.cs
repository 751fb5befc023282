using Lateen.Proxy.Filters;
using Lateen.Proxy.Routing;
using HeaderMutationProto = Envoy.Extensions.Filters.Http.HeaderMutation.V3;

namespace Lateen.Proxy.Config.Decode.Filters;

/// <summary>The filter <c>header_mutation</c>.</summary>
internal static class HeaderMutationDecoder
{
    /// <summary>Settings of the chain or of a route.</summary>
    public static HeaderMutationSettings Decode(
        HeaderMutationProto.Mutations? mutations, string path, DecodeContext context)
    {
        return new HeaderMutationSettings(
            Direction(mutations?.RequestMutations ?? [], $"{path}.request_mutations", context),
            Direction(mutations?.ResponseMutations ?? [], $"{path}.response_mutations", context))
        {
            RequestTrailers = Direction(
                mutations?.RequestTrailersMutations ?? [], $"{path}.request_trailers_mutations", context),
            ResponseTrailers = Direction(
                mutations?.ResponseTrailersMutations ?? [], $"{path}.response_trailers_mutations", context),
            Query = [.. mutations?.QueryParameterMutations.Select((mutation, i) =>
                DecodeQuery(mutation, $"{path}.query_parameter_mutations[{i}]", context)) ?? []],
        };
    }

    private static QueryMutation DecodeQuery(
        Envoy.Config.Core.V3.KeyValueMutation mutation, string path, DecodeContext context)
    {
        if (mutation.Append is not { } append)
        {
            return new QueryMutation(mutation.Remove, null, default);
        }
        if (append.Record?.Value is { HasStringValue: false })
        {
            context.Error($"{path}.append.record.value", "CONFIG", "Only string value is allowed for record value.");
        }
        var (key, value) = append.Record is { } record
            ? (record.Key, record.Value?.StringValue ?? "")
            : (append.Entry?.Key ?? "", append.Entry?.Value.ToStringUtf8() ?? "");
        return new QueryMutation(key, value, append.Action switch
        {
            Envoy.Config.Core.V3.KeyValueAppend.Types.KeyValueAppendAction.AddIfAbsent =>
                HeaderAppendAction.AddIfAbsent,
            Envoy.Config.Core.V3.KeyValueAppend.Types.KeyValueAppendAction.OverwriteIfExists =>
                HeaderAppendAction.OverwriteIfExists,
            Envoy.Config.Core.V3.KeyValueAppend.Types.KeyValueAppendAction.OverwriteIfExistsOrAdd =>
                HeaderAppendAction.OverwriteIfExistsOrAdd,
            _ => HeaderAppendAction.AppendIfExistsOrAdd,
        })
        {
            Format = value.Contains('%') ? HeaderDecoder.Format(value, path, context) : null,
        };
    }

    private static HeaderMutations[] Direction(
        IEnumerable<Envoy.Config.Common.MutationRules.V3.HeaderMutation> mutations, string path,
            DecodeContext context) =>
        [.. mutations.Select((mutation, i) => One(mutation, $"{path}[{i}]", context))];

    private static HeaderMutations One(
        Envoy.Config.Common.MutationRules.V3.HeaderMutation mutation, string path, DecodeContext context)
    {
        if (mutation.RemoveOnMatch is { } match)
        {
            return new HeaderMutations([], [])
            {
                RemovedNames = MatcherDecoder.DecodeString(
                    match.KeyMatcher, $"{path}.remove_on_match.key_matcher", context),
            };
        }
        if (mutation.Append is not null)
        {
            return HeaderDecoder.Decode([mutation.Append], [], path, "append", context);
        }
        // Unlike elsewhere, pseudo-headers and host may be named here; they stay.
        return mutation.Remove.StartsWith(':') || mutation.Remove.Equals("host", StringComparison.OrdinalIgnoreCase)
            ? HeaderMutations.None
            : HeaderDecoder.Decode([], [mutation.Remove], path, "remove", context);
    }
}
