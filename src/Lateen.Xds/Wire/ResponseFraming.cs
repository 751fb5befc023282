using Google.Protobuf;
using Lateen.Grpc;
using Lateen.Xds.Server;

namespace Lateen.Xds.Wire;

/// <summary>
/// Puts DiscoveryResponse and DeltaDiscoveryResponse together around resource bytes that exist already. A response is a
/// list of pieces: small ones made here, and the shared bodies.
/// </summary>
/// <remarks>
/// Field numbers (envoy/service/discovery/v3/discovery.proto, google/protobuf/any.proto):
/// <code>
/// DiscoveryResponse       1 version_info  2 resources(Any)       4 type_url  5 nonce              6 control_plane
/// DeltaDiscoveryResponse  1 version_info  2 resources(Resource)  4 type_url  5 nonce  6 removed   7 control_plane
/// Resource                1 version  2 resource(Any)  3 name  4 aliases
/// Any                     1 type_url  2 value
/// </code>
/// The value comes last in its entry, so that everything before it is one prefix, made once for each resource.
/// </remarks>
internal static class ResponseFraming
{
    private const int Version = 1;
    private const int Resources = 2;
    private const int TypeUrl = 4;
    private const int Nonce = 5;
    private const int Removed = 6;
    private const int DeltaControlPlane = 7;
    private const int SotwControlPlane = 6;
    private const int AnyTypeUrl = 1;
    private const int AnyValue = 2;

    internal static GrpcPayload BuildDelta(
        string typeUrl,
        string version,
        string nonce,
        IReadOnlyList<XdsResource> resources,
        IReadOnlyList<string> removed,
        ReadOnlyMemory<byte> controlPlane)
    {
        var payload = new GrpcPayload();
        foreach (var resource in resources)
        {
            payload.Add(resource.DeltaPrefix);
            AddBody(payload, resource);
        }

        var size = StringSize(Version, version) + StringSize(TypeUrl, typeUrl) + StringSize(Nonce, nonce)
            + BytesSize(DeltaControlPlane, controlPlane.Length);
        foreach (var name in removed)
        {
            size += StringSize(Removed, name);
        }

        payload.Add(Write(size, output =>
        {
            WriteString(output, Version, version);
            WriteString(output, TypeUrl, typeUrl);
            WriteString(output, Nonce, nonce);
            foreach (var name in removed)
            {
                WriteString(output, Removed, name);
            }

            WriteBytes(output, DeltaControlPlane, controlPlane);
        }));
        return payload;
    }

    internal static GrpcPayload BuildSotw(
        string typeUrl,
        string version,
        string nonce,
        IReadOnlyList<XdsResource> resources,
        ReadOnlyMemory<byte> controlPlane)
    {
        var payload = new GrpcPayload();
        foreach (var resource in resources)
        {
            payload.Add(resource.SotwPrefix);
            AddBody(payload, resource);
        }

        var size = StringSize(Version, version) + StringSize(TypeUrl, typeUrl) + StringSize(Nonce, nonce)
            + BytesSize(SotwControlPlane, controlPlane.Length);
        payload.Add(Write(size, output =>
        {
            WriteString(output, Version, version);
            WriteString(output, TypeUrl, typeUrl);
            WriteString(output, Nonce, nonce);
            WriteBytes(output, SotwControlPlane, controlPlane);
        }));
        return payload;
    }

    /// <summary>Tag and length of the entry, its version, name and aliases, and the head of its Any.</summary>
    internal static byte[] BuildDeltaPrefix(XdsResource resource)
    {
        const int VersionField = 1;
        const int ResourceField = 2;
        const int NameField = 3;
        const int AliasField = 4;
        var any = AnySize(resource);
        var head = StringSize(VersionField, resource.Version) + StringSize(NameField, resource.Name);
        foreach (var alias in resource.Aliases)
        {
            head += StringSize(AliasField, alias);
        }

        // A resource without a body says that its name (an alias) is known and stands for nothing.
        var hasBody = resource.Length > 0 || resource.Aliases.IsEmpty;
        var entry = head + (hasBody ? LengthPrefixSize(ResourceField, any) + any : 0);
        var prefix = LengthPrefixSize(Resources, entry) + entry - resource.Length;
        return Write(prefix, output =>
        {
            WriteLengthPrefix(output, Resources, entry);
            WriteString(output, VersionField, resource.Version);
            WriteString(output, NameField, resource.Name);
            foreach (var alias in resource.Aliases)
            {
                WriteString(output, AliasField, alias);
            }

            if (hasBody)
            {
                WriteLengthPrefix(output, ResourceField, any);
                WriteAnyHead(output, resource);
            }
        });
    }

    internal static byte[] BuildSotwPrefix(XdsResource resource)
    {
        var any = AnySize(resource);
        return Write(LengthPrefixSize(Resources, any) + any - resource.Length, output =>
        {
            WriteLengthPrefix(output, Resources, any);
            WriteAnyHead(output, resource);
        });
    }

    /// <summary>An encoded core.v3.ControlPlane; its only field is the identifier.</summary>
    internal static byte[] BuildControlPlane(string identifier) => identifier.Length == 0
        ? []
        : Write(StringSize(1, identifier), output => WriteString(output, 1, identifier));

    private static void AddBody(GrpcPayload payload, XdsResource resource)
    {
        foreach (var piece in resource.Pieces)
        {
            payload.Add(piece);
        }
    }

    private static int AnySize(XdsResource resource) =>
        StringSize(AnyTypeUrl, resource.TypeUrl) + BytesSize(AnyValue, resource.Length);

    private static void WriteAnyHead(CodedOutputStream output, XdsResource resource)
    {
        WriteString(output, AnyTypeUrl, resource.TypeUrl);
        if (resource.Length > 0)
        {
            WriteLengthPrefix(output, AnyValue, resource.Length);
        }
    }

    private static byte[] Write(int size, Action<CodedOutputStream> write)
    {
        var bytes = new byte[size];
        using var output = new CodedOutputStream(bytes);
        write(output);
        output.CheckNoSpaceLeft();
        return bytes;
    }

    private static void WriteLengthPrefix(CodedOutputStream output, int field, int length)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteLength(length);
    }

    private static void WriteString(CodedOutputStream output, int field, string value)
    {
        if (value.Length > 0)
        {
            output.WriteTag(field, WireFormat.WireType.LengthDelimited);
            output.WriteString(value);
        }
    }

    private static void WriteBytes(CodedOutputStream output, int field, ReadOnlyMemory<byte> value)
    {
        if (value.Length > 0)
        {
            output.WriteTag(field, WireFormat.WireType.LengthDelimited);
            output.WriteBytes(UnsafeByteOperations.UnsafeWrap(value));
        }
    }

    private static int StringSize(int field, string value) => value.Length == 0
        ? 0
        : CodedOutputStream.ComputeTagSize(field) + CodedOutputStream.ComputeStringSize(value);

    private static int BytesSize(int field, int length) => length == 0 ? 0 : LengthPrefixSize(field, length) + length;

    private static int LengthPrefixSize(int field, int length) =>
        CodedOutputStream.ComputeTagSize(field) + CodedOutputStream.ComputeLengthSize(length);
}
