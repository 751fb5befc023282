using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Lateen.Profile;

/// <summary>Methods and types of assemblies by the names that the runtime writes. What is generic is left out: a
/// profile would be of one instantiation.</summary>
internal sealed class MethodTable
{
    private readonly Dictionary<string, List<MethodEntry>> _methods = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (MetadataReader Reader, TypeDefinitionHandle Handle)> _types =
        new(StringComparer.Ordinal);

    public void Add(string file)
    {
        var image = new PEReader(File.OpenRead(file));
        var reader = image.GetMetadataReader();
        var assembly = reader.GetString(reader.GetAssemblyDefinition().Name);
        foreach (var handle in reader.TypeDefinitions)
        {
            var type = reader.GetTypeDefinition(handle);
            var name = SignatureText.NameOf(reader, handle);
            if (type.GetGenericParameters().Count == 0)
            {
                _types[$"{name}, {assembly}"] = (reader, handle);
                foreach (var method in type.GetMethods())
                {
                    Add(image, reader, name, method);
                }
            }
        }
    }

    /// <summary>The method that was counted; null when it is none of these, or its IL has another size.</summary>
    public MethodEntry? Find(MethodProfile profile)
    {
        var found = _methods.GetValueOrDefault(profile.Name, []).FindAll(entry => entry.Size == profile.Size);
        return found.Count == 1 ? found[0]
            : found.Find(entry => WithoutSpaces(entry.Signature) == WithoutSpaces(profile.Signature));
    }

    /// <summary>A type by its name with assembly, as <c>A.B, C, Version=…</c>.</summary>
    public (MetadataReader Reader, TypeDefinitionHandle Handle)? FindType(string name) =>
        _types.TryGetValue(string.Join(',', name.Split(',').Take(2)), out var type) ? type : null;

    private void Add(PEReader image, MetadataReader reader, string type, MethodDefinitionHandle handle)
    {
        var method = reader.GetMethodDefinition(handle);
        if (method.RelativeVirtualAddress == 0 || method.GetGenericParameters().Count > 0)
        {
            return;
        }

        var name = $"{type}.{reader.GetString(method.Name)}";
        if (!_methods.TryGetValue(name, out var entries))
        {
            _methods.Add(name, entries = []);
        }

        var size = image.GetMethodBody(method.RelativeVirtualAddress).GetILReader().Length;
        entries.Add(new MethodEntry(reader, handle, size, SignatureText.Of(method)));
    }

    private static string WithoutSpaces(string text) => text.Replace(" ", "", StringComparison.Ordinal);
}
