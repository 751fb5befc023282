using System.Globalization;
using System.Text.Json;
using Lateen.Http;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Filters;

/// <summary>Rules over the bodies of one direction. What they write appears when all of them have run.</summary>
internal sealed class JsonToMetadataDirection(StatsScope scope, string prefix)
{
    private readonly int _success = scope.GetOrAdd($"json_to_metadata.{prefix}.success");
    private readonly int _mismatch = scope.GetOrAdd($"json_to_metadata.{prefix}.mismatched_content_type");
    private readonly int _noBody = scope.GetOrAdd($"json_to_metadata.{prefix}.no_body");
    private readonly int _invalid = scope.GetOrAdd($"json_to_metadata.{prefix}.invalid_json_body");

    public required JsonToMetadataRule[] Rules { get; init; }

    /// <summary>Types of bodies that are read, as they are written.</summary>
    public required byte[][] ContentTypes { get; init; }

    /// <summary>More types; null: none.</summary>
    public Regex.CompiledRegex? ContentTypesRegex { get; init; }

    public bool AllowEmptyContentType { get; init; }

    /// <summary>Whether the body's type is one of those; else the rules' errors apply.</summary>
    public bool TryBegin(HttpStream stream, HeaderMap headers)
    {
        var type = headers.Get(HeaderId.ContentType);
        var fits = type.IsEmpty ? AllowEmptyContentType : ContentTypesRegex?.IsFullMatch(type) == true;
        foreach (var known in ContentTypes)
        {
            fits |= type.SequenceEqual(known);
        }
        if (!fits)
        {
            WriteAll(stream, _mismatch, static rule => rule.OnError);
        }
        return fits;
    }

    public void OnNoBody(HttpStream stream) => WriteAll(stream, _noBody, static rule => rule.OnMissing);

    public void OnBody(HttpStream stream, byte[] body)
    {
        if (body.Length == 0)
        {
            OnNoBody(stream);
            return;
        }
        using var document = CheckedJson.TryParse(body);
        if (document is null)
        {
            WriteAll(stream, _invalid, static rule => rule.OnError);
            return;
        }
        var written = new List<(string Namespace, string Key, object Value)>();
        foreach (var rule in Rules)
        {
            Apply(rule, document.RootElement, stream, written);
        }
        Finish(stream, written, _success);
    }

    private void WriteAll(HttpStream stream, int stat, Func<JsonToMetadataRule, JsonMetadataWrite?> choose)
    {
        var written = new List<(string, string, object)>();
        foreach (var rule in Rules)
        {
            Write(choose(rule), null, stream, written);
        }
        Finish(stream, written, stat);
    }

    private void Finish(HttpStream stream, List<(string Namespace, string Key, object Value)> written, int stat)
    {
        scope.Add(stream.Worker.Index, stat);
        foreach (var (space, key, value) in written)
        {
            stream.Info.SetMetadata(space, key, value);
        }
    }

    private static void Apply(
        JsonToMetadataRule rule, JsonElement element, HttpStream stream, List<(string, string, object)> written)
    {
        for (var i = 0; i < rule.Selectors.Length; i++)
        {
            var key = rule.Selectors[i];
            if (i == rule.Selectors.Length - 1 && rule.OnPresent is not { Value: null })
            {
                // As in Envoy: nothing depends on the value itself, so nobody looks whether it is there.
                Write(rule.OnPresent, null, stream, written);
                return;
            }
            if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(key, out element)
                || (i < rule.Selectors.Length - 1 && element.ValueKind != JsonValueKind.Object))
            {
                Write(rule.OnMissing, null, stream, written);
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
        Write(value is null ? rule.OnMissing : rule.OnPresent, value, stream, written);
    }

    private static void Write(
        JsonMetadataWrite? write, object? found, HttpStream stream, List<(string, string, object)> written)
    {
        if (write is null || (write.Value ?? found) is not { } value
            || (write.Preserve && stream.Info.Metadata?.Get(write.Namespace, write.Key) is not null))
        {
            return;
        }
        var typed = write.Value is not null ? value : Convert(value, write.Kind);
        if (typed is not null)
        {
            written.Add((write.Namespace, write.Key, typed));
        }
    }

    /// <summary>Null: the value is none of that kind.</summary>
    private static object? Convert(object value, MetadataValueKind kind) => kind switch
    {
        MetadataValueKind.Number => value switch
        {
            string text => double.TryParse(text, CultureInfo.InvariantCulture, out var number) ? number : null,
            bool truth => truth ? 1.0 : 0.0,
            _ => value,
        },
        MetadataValueKind.String => value switch
        {
            double number => number.ToString("R", CultureInfo.InvariantCulture),
            bool truth => truth ? "1" : "0",
            _ => value,
        },
        _ => value,
    };
}
