using System.Reflection.Metadata;

namespace Lateen.Profile;

/// <summary>A method of an assembly that can have a profile.</summary>
internal sealed record MethodEntry(MetadataReader Reader, MethodDefinitionHandle Handle, int Size, string Signature)
{
    public string Assembly => Reader.GetString(Reader.GetAssemblyDefinition().Name);
}
