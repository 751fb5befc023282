using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;

namespace Lateen.Profile;

/// <summary>References of a new module to assemblies, types and methods of others.</summary>
internal sealed class References(MetadataBuilder metadata)
{
    private readonly Dictionary<string, AssemblyReferenceHandle> _assemblies = new(StringComparer.Ordinal);
    private readonly Dictionary<(EntityHandle Scope, string Name), EntityHandle> _types = [];

    public EntityHandle To(MethodEntry method)
    {
        var definition = method.Reader.GetMethodDefinition(method.Handle);
        var signature = definition.DecodeSignature(new SignatureEncoder(this), 0);
        var blob = new BlobBuilder();
        new BlobEncoder(blob).MethodSignature(
            signature.Header.CallingConvention, 0, signature.Header.IsInstance);
        blob.WriteCompressedInteger(signature.ParameterTypes.Length);
        signature.ReturnType(blob);
        foreach (var parameter in signature.ParameterTypes)
        {
            parameter(blob);
        }

        return metadata.AddMemberReference(
            To(method.Reader, definition.GetDeclaringType()),
            metadata.GetOrAddString(method.Reader.GetString(definition.Name)), metadata.GetOrAddBlob(blob));
    }

    public EntityHandle To(MetadataReader reader, TypeDefinitionHandle handle)
    {
        var type = reader.GetTypeDefinition(handle);
        var own = reader.GetAssemblyDefinition();
        EntityHandle scope = type.GetDeclaringType() is { IsNil: false } outer ? To(reader, outer)
            : ToAssembly(reader.GetString(own.Name), own.Version, []);
        return ToType(scope, reader.GetString(type.Namespace), reader.GetString(type.Name));
    }

    public EntityHandle To(MetadataReader reader, TypeReferenceHandle handle)
    {
        var type = reader.GetTypeReference(handle);
        EntityHandle scope;
        if (type.ResolutionScope.Kind == HandleKind.TypeReference)
        {
            scope = To(reader, (TypeReferenceHandle)type.ResolutionScope);
        }
        else
        {
            var assembly = reader.GetAssemblyReference((AssemblyReferenceHandle)type.ResolutionScope);
            scope = ToAssembly(
                reader.GetString(assembly.Name), assembly.Version, reader.GetBlobBytes(assembly.PublicKeyOrToken));
        }

        return ToType(scope, reader.GetString(type.Namespace), reader.GetString(type.Name));
    }

    private EntityHandle ToType(EntityHandle scope, string space, string name)
    {
        if (!_types.TryGetValue((scope, $"{space}.{name}"), out var known))
        {
            known = metadata.AddTypeReference(
                scope, space.Length > 0 ? metadata.GetOrAddString(space) : default, metadata.GetOrAddString(name));
            _types.Add((scope, $"{space}.{name}"), known);
        }

        return known;
    }

    private AssemblyReferenceHandle ToAssembly(string name, Version version, byte[] token)
    {
        if (!_assemblies.TryGetValue(name, out var known))
        {
            known = metadata.AddAssemblyReference(
                metadata.GetOrAddString(name), version, default,
                token.Length > 0 ? metadata.GetOrAddBlob(token) : default, 0, default);
            _assemblies.Add(name, known);
        }

        return known;
    }
}
