using System.Text;
using Google.Protobuf.WellKnownTypes;
using Lateen.Xds.Client;

namespace Lateen.Xds.Wire;

/// <summary>
/// A response taken apart in place: the resources' bytes stay where they are. Field numbers are those in
/// <see cref="ResponseFraming"/>.
/// </summary>
internal sealed class ResponseReader
{
    private readonly List<Range> _resources = [];

    internal string Version { get; private set; } = "";

    internal string TypeUrl { get; private set; } = "";

    internal string Nonce { get; private set; } = "";

    internal List<string> Removed { get; } = [];

    internal List<XdsEntry> Entries { get; } = [];

    /// <summary>Times to live; null where there are none.</summary>
    internal List<ResourceLifetime>? Lifetimes { get; private set; }

    /// <summary>Why the response cannot be used as a whole; null if it can.</summary>
    internal string? Error { get; private set; }

    internal static ResponseReader ReadDelta(ReadOnlyMemory<byte> message) => Read(message, isDelta: true);

    internal static ResponseReader ReadSotw(ReadOnlyMemory<byte> message) => Read(message, isDelta: false);

    private static ResponseReader Read(ReadOnlyMemory<byte> message, bool isDelta)
    {
        var response = new ResponseReader();
        response.ReadFields(message.Span, isDelta);
        var type = Encoding.UTF8.GetBytes(response.TypeUrl);
        foreach (var range in response._resources)
        {
            if (response.Error is not null)
            {
                break;
            }

            if (isDelta)
            {
                response.ReadResource(message[range], type);
            }
            else
            {
                response.ReadAny(message[range], type, null, response.Version, []);
            }
        }

        if (isDelta || response.TypeUrl == TypeUrls.ScopedRouteConfiguration)
        {
            response.CheckDuplicates();
        }
        else if (response.TypeUrl is not (TypeUrls.Cluster or TypeUrls.Listener))
        {
            // In the state of the world clusters and listeners are judged one by one; of the others the first counts.
            response.DropDuplicates();
        }

        return response;
    }

    private void ReadFields(ReadOnlySpan<byte> message, bool isDelta)
    {
        var reader = new ProtoReader(message);
        while (reader.MoveNext())
        {
            switch (reader.Field)
            {
                case 1:
                    Version = reader.Text;
                    break;
                case 2:
                    _resources.Add(reader.Range);
                    break;
                case 4:
                    TypeUrl = reader.Text;
                    break;
                case 5:
                    Nonce = reader.Text;
                    break;
                case 6 when isDelta:
                    Removed.Add(reader.Text);
                    break;
                default:
                    break;
            }
        }

        Error = reader.IsBroken ? "the response is no valid protobuf message" : null;
    }

    /// <summary>An envoy.service.discovery.v3.Resource.</summary>
    private void ReadResource(ReadOnlyMemory<byte> bytes, ReadOnlySpan<byte> type)
    {
        var name = "";
        var version = "";
        List<string>? aliases = null;
        Range? any = null;
        TimeSpan? ttl = null;
        var reader = new ProtoReader(bytes.Span);
        while (reader.MoveNext())
        {
            switch (reader.Field)
            {
                case 6:
                    ttl = Duration.Parser.ParseFrom(reader.Bytes).ToTimeSpan();
                    break;
                case 1:
                    version = reader.Text;
                    break;
                case 2:
                    any = reader.Range;
                    break;
                case 3:
                    name = reader.Text;
                    break;
                case 4:
                    (aliases ??= []).Add(reader.Text);
                    break;
                default:
                    break;
            }
        }

        if (reader.IsBroken)
        {
            Error = "a resource is no valid protobuf message";
        }
        else if (any is { } range)
        {
            ReadAny(bytes[range], type, name, version, aliases ?? []);
        }
        else if (aliases is not null)
        {
            Entries.Add(new XdsEntry(name, version, default, HasBody: false, aliases));
        }

        // A resource with neither body nor aliases is a heartbeat: it prolongs the life of what is held.
        var isHeartbeat = any is null && aliases is null;
        if (ttl is not null || Lifetimes is not null || isHeartbeat)
        {
            (Lifetimes ??= []).Add(new ResourceLifetime(name, ttl ?? TimeSpan.Zero, version, isHeartbeat));
        }
    }

    private void ReadAny(
        ReadOnlyMemory<byte> bytes, ReadOnlySpan<byte> type, string? name, string version,
            IReadOnlyList<string> aliases)
    {
        ReadOnlySpan<byte> actual = [];
        ReadOnlyMemory<byte> body = default;
        var reader = new ProtoReader(bytes.Span);
        while (reader.MoveNext())
        {
            if (reader.Field == 1)
            {
                actual = reader.Bytes;
            }
            else if (reader.Field == 2)
            {
                body = bytes[reader.Range];
            }
        }

        if (reader.IsBroken)
        {
            Error = "a resource is no valid protobuf message";
        }
        else if (name is null && actual.SequenceEqual("type.googleapis.com/envoy.service.discovery.v3.Resource"u8))
        {
            ReadResource(body, type);
        }
        else if (!actual.SequenceEqual(type))
        {
            Error = $"a resource of type {Encoding.UTF8.GetString(actual)} came in a response of type {TypeUrl}";
        }
        else
        {
            Entries.Add(new XdsEntry(name ?? ResourceNames.Read(body.Span), version, body, HasBody: true, aliases));
        }
    }

    private void DropDuplicates()
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        Entries.RemoveAll(entry => !names.Add(entry.Name));
    }

    private void CheckDuplicates()
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var entry in Entries)
        {
            if (!names.Add(entry.Name))
            {
                Error ??= $"duplicate resource name '{entry.Name}'";
            }
        }

        foreach (var name in Removed)
        {
            if (!names.Add(name))
            {
                Error ??= $"duplicate resource name '{name}' among removed resources";
            }
        }
    }
}
