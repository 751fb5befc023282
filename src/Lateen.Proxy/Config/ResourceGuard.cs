using Google.Protobuf;
using Lateen.Core;
using Lateen.Core.Protobuf;

namespace Lateen.Proxy.Config;

/// <summary>Keeps what is wrong with a resource to that resource.</summary>
internal static class ResourceGuard
{
    /// <summary>Takes over what was wrong with a resource that stands at a path.</summary>
    public static void Collect(ResourceOutcome outcome, string path, List<ConfigError> errors)
    {
        foreach (var error in outcome.Errors)
        {
            errors.Add(error with
            {
                Path = error.Path.StartsWith('.') || error.Path.Length == 0 ? path + error.Path
                : $"{path}.{error.Path}"
            });
        }
    }

    /// <summary>The edge of one resource: whatever its bytes do, only it is refused.</summary>
    public static ResourceOutcome Run(string name, Func<ResourceOutcome> apply)
    {
        try
        {
            return apply();
        }
        catch (InvalidProtocolBufferException e)
        {
            return ResourceOutcome.Rejected(name, "PROTOBUF", $"cannot be parsed: {e.Message}");
        }
        catch (MalformedMessageException e)
        {
            return ResourceOutcome.Rejected(name, "PROTOBUF", $"cannot be parsed: {e.Message}");
        }
        catch (InvalidOperationException e) when (e.Source == "Google.Protobuf")
        {
            // What its parsers throw for a tag of zero.
            return ResourceOutcome.Rejected(name, "PROTOBUF", $"cannot be parsed: {e.Message}");
        }
        catch (ConfigException e)
        {
            return ResourceOutcome.Rejected(name, "CONFIG", e.Message);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // A defect of ours; the resource is refused, its trace says where, and the rest goes on.
            return ResourceOutcome.Rejected(name, "INTERNAL", $"cannot be applied: {e}");
        }
    }

    /// <summary>Refuses a message that does not keep to the rules in the API's definitions.</summary>
    public static void Check(Type type, ByteString body)
    {
        if (ConstraintCheck.Find(type, body.Span) is { } wrong)
        {
            throw new ConfigException(Text(wrong));
        }
    }

    /// <summary>What such a message breaks, in Envoy's words; null: nothing.</summary>
    public static string? FindBrokenRule(string typeUrl, ByteString body) =>
        ConstraintCheck.Find(
            EnvoyTypes.Api, typeUrl[(typeUrl.LastIndexOf('/') + 1)..], body.Span) is { } wrong ? Text(wrong) : null;

    private static string Text(string wrong) => $"Proto constraint validation failed ({wrong})";

    /// <summary>The path of a field that nobody knows; null: there is none.</summary>
    public static string? FindUnknownField(string typeUrl, ByteString body) =>
        EnvoyTypes.Find(typeUrl[(typeUrl.LastIndexOf('/') + 1)..]) is { } type
            ? UnknownFields.Find(type, body.Span, EnvoyTypes.Find)
            : null;
}
