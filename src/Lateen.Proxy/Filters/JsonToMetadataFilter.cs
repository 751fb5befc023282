using System.Text.Json;
using Lateen.Http;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Filters;

/// <summary>The HTTP filter <c>json_to_metadata</c>, for request bodies.</summary>
internal sealed class JsonToMetadataFilter : HttpFilter
{
    private const int BodyBytesMax = 1024 * 1024;

    private readonly StatsScope _scope;
    private readonly int _success;
    private readonly int _mismatch;
    private readonly int _noBody;
    private readonly int _invalid;

    public JsonToMetadataFilter(StatsScope scope)
    {
        _scope = scope;
        _success = scope.GetOrAdd("json_to_metadata.rq.success");
        _mismatch = scope.GetOrAdd("json_to_metadata.rq.mismatched_content_type");
        _noBody = scope.GetOrAdd("json_to_metadata.rq.no_body");
        _invalid = scope.GetOrAdd("json_to_metadata.rq.invalid_json_body");
    }

    public required JsonToMetadataRule[] Rules { get; init; }

    /// <summary>Types of bodies that are read.</summary>
    public required byte[][] ContentTypes { get; init; }

    public bool AllowEmptyContentType { get; init; }

    public override HttpFilterResult OnRequest(HttpStream stream)
    {
        var type = stream.Request.Get(HeaderId.ContentType);
        var end = type.IndexOf((byte)';');
        type = (end < 0 ? type : type[..end]).Trim((byte)' ');
        var fits = type.IsEmpty && AllowEmptyContentType;
        foreach (var known in ContentTypes)
        {
            fits |= type.SequenceEqual(known);
        }
        if (!fits || (stream.RequestPassed && stream.BufferedBody.IsEmpty))
        {
            WriteErrors(stream, fits ? _noBody : _mismatch);
            return HttpFilterResult.Continue;
        }
        return new HttpFilterResult(HttpFilterStatus.AwaitBody, BodyBytesMax: BodyBytesMax);
    }

    public override HttpFilterResult OnRequestBody(HttpStream stream, bool isComplete)
    {
        if (!isComplete)
        {
            return BufferFilter.Refuse(stream);
        }
        var body = new byte[stream.BufferedBody.Length];
        stream.BufferedBody.CopyTo(body);
        using var document = CheckedJson.TryParse(body);
        if (document is null)
        {
            // A body that is no JSON is the rules' error case.
            WriteErrors(stream, body.Length == 0 ? _noBody : _invalid);
            return HttpFilterResult.Continue;
        }
        foreach (var rule in Rules)
        {
            Apply(rule, document.RootElement, stream);
        }
        _scope.Add(stream.Worker.Index, _success);
        return HttpFilterResult.Continue;
    }

    private static void Apply(JsonToMetadataRule rule, JsonElement element, HttpStream stream)
    {
        foreach (var key in rule.Selectors)
        {
            if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(key, out element))
            {
                Write(rule.OnMissing, null, stream);
                return;
            }
        }
        object? value = element.ValueKind switch
        {
            JsonValueKind.String => element.GetString(),
            JsonValueKind.Number => element.GetDouble(),
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => null,
        };
        if (value is null)
        {
            Write(rule.OnMissing, null, stream);
        }
        else
        {
            Write(rule.OnPresent, value, stream);
        }
    }

    private void WriteErrors(HttpStream stream, int stat)
    {
        _scope.Add(stream.Worker.Index, stat);
        foreach (var rule in Rules)
        {
            Write(rule.OnError, null, stream);
        }
    }

    private static void Write(JsonMetadataWrite? write, object? found, HttpStream stream)
    {
        if (write is null || (write.Value ?? found) is not { } value
            || (write.Preserve && stream.Info.Metadata?.Get(write.Namespace, write.Key) is not null))
        {
            return;
        }
        object typed = write.Kind switch
        {
            MetadataValueKind.Number when value is string text
                && double.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var number) => number,
            MetadataValueKind.String when value is not string => value is double d
                ? d.ToString("R", System.Globalization.CultureInfo.InvariantCulture)
                : value.ToString()!.ToLowerInvariant(),
            _ => value,
        };
        stream.Info.SetMetadata(write.Namespace, write.Key, typed);
    }
}

/// <summary>What becomes of one value in a JSON body.</summary>
internal sealed record JsonToMetadataRule(
    string[] Selectors, JsonMetadataWrite? OnPresent, JsonMetadataWrite? OnMissing, JsonMetadataWrite? OnError);

/// <summary>A value to be written; <c>Value</c> null: the one that was found.</summary>
internal sealed record JsonMetadataWrite(
    string Namespace, string Key, object? Value, MetadataValueKind Kind, bool Preserve);
