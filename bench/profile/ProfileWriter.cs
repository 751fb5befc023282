using System.Globalization;
using System.IO.Compression;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace Lateen.Profile;

/// <summary>
/// Writes a profile as the native compiler reads it (<c>--mibc</c>): a packed assembly whose global methods are never
/// run. Method
/// <c>AssemblyDictionary</c> names a group per assembly, and a group's IL tells the method and the numbers of each
/// counter in turn.
/// </summary>
internal sealed class ProfileWriter
{
    private const int AllFieldsFollow = 0xF, MaxStack = 8;

    /// <summary>Handles below this number stand for types that nobody knows
    /// (<c>ICorJitInfo::IsUnknownHandle</c>).</summary>
    private const int UnknownTypes = 32;

    private static readonly BlobContentId _id = new(new Guid("5f5c6c8e-3a38-4b0a-9d7e-6c617465656e"), 1);

    private readonly MethodTable _table;
    private readonly MetadataBuilder _metadata = new();
    private readonly BlobBuilder _code = new();
    private readonly References _references;
    private readonly SortedDictionary<string, InstructionEncoder> _groups = new(StringComparer.Ordinal);

    public ProfileWriter(MethodTable table)
    {
        _table = table;
        _references = new References(_metadata);
        var name = _metadata.GetOrAddString("lateen.mibc");
        _metadata.AddModule(0, name, _metadata.GetOrAddGuid(_id.Guid), default, default);
        _metadata.AddAssembly(name, new Version(0, 0, 0, 0), default, default, 0, AssemblyHashAlgorithm.None);
        _metadata.AddTypeDefinition(
            default, default, _metadata.GetOrAddString("<Module>"), default,
            MetadataTokens.FieldDefinitionHandle(1), MetadataTokens.MethodDefinitionHandle(1));
    }

    public void Add(MethodEntry method, MethodProfile profile)
    {
        if (!_groups.TryGetValue(method.Assembly, out var il))
        {
            _groups.Add(method.Assembly, il = new InstructionEncoder(new BlobBuilder()));
        }

        il.OpCode(ILOpCode.Ldtoken);
        il.Token(_references.To(method));
        il.LoadString(_metadata.GetOrAddUserString("InstrumentationDataStart"));
        foreach (var counter in profile.Counters.Where(counter => !counter.IsAboutValues))
        {
            il.LoadConstantI4(AllFieldsFollow);
            il.LoadConstantI4(counter.Offset);
            il.LoadConstantI4(counter.Kind);
            il.LoadConstantI4(counter.Values.Length);
            il.LoadConstantI4(counter.Other);
            foreach (var value in counter.Values)
            {
                WriteValue(il, counter.Value, value);
            }
        }

        il.LoadString(_metadata.GetOrAddUserString("InstrumentationDataEnd"));
        il.OpCode(ILOpCode.Pop);
    }

    public void Save(string file)
    {
        var signature = new BlobBuilder();
        new BlobEncoder(signature).MethodSignature().Parameters(0, type => type.Void(), _ => { });
        var nothing = _metadata.GetOrAddBlob(signature);
        var bodies = new MethodBodyStreamEncoder(_code);
        var index = new InstructionEncoder(new BlobBuilder());
        foreach (var (assembly, il) in _groups)
        {
            index.LoadString(_metadata.GetOrAddUserString($"{assembly};"));
            index.OpCode(ILOpCode.Ldtoken);
            index.Token(Define($"Assemblies_{assembly}", il));
            index.OpCode(ILOpCode.Pop);
        }

        Define("AssemblyDictionary", index);
        var image = new BlobBuilder();
        new ManagedPEBuilder(
            new PEHeaderBuilder(), new MetadataRootBuilder(_metadata), _code, deterministicIdProvider: _ => _id)
            .Serialize(image);
        using var archive = new ZipArchive(File.Create(file), ZipArchiveMode.Create);
        var entry = archive.CreateEntry($"{Path.GetFileName(file)}.dll", CompressionLevel.SmallestSize);
        entry.LastWriteTime = new DateTimeOffset(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);
        using var content = entry.Open();
        image.WriteContentTo(content);

        MethodDefinitionHandle Define(string name, InstructionEncoder il) => _metadata.AddMethodDefinition(
            MethodAttributes.Public | MethodAttributes.Static, MethodImplAttributes.IL,
            _metadata.GetOrAddString(name), nothing, bodies.AddMethodBody(il, MaxStack), default);
    }

    private void WriteValue(InstructionEncoder il, CounterValue kind, string text)
    {
        switch (kind)
        {
            case CounterValue.FourBytes:
                WriteNumber(il, uint.Parse(text, CultureInfo.InvariantCulture));
                break;
            case CounterValue.EightBytes:
                // The low half, then the high one.
                var halves = text.Split(' ');
                WriteNumber(il, uint.Parse(halves[0], CultureInfo.InvariantCulture)
                    | (long)uint.Parse(halves[1], CultureInfo.InvariantCulture) << 32);
                break;
            case CounterValue.Type or CounterValue.Method:
                WriteHandle(il, text[(text.IndexOf(' ', StringComparison.Ordinal) + 1)..]);
                break;
            default:
                break;
        }
    }

    private void WriteHandle(InstructionEncoder il, string name)
    {
        if (_table.FindType(name) is var (reader, handle))
        {
            il.OpCode(ILOpCode.Ldtoken);
            il.Token(_references.To(reader, handle));
        }
        else
        {
            il.LoadConstantI4(name == "NULL" ? 0 : 1
                + (name.Aggregate(0, (sum, c) => (31 * sum + c) & 0xFFFF) % UnknownTypes));
        }
    }

    private static void WriteNumber(InstructionEncoder il, long value)
    {
        if (value is >= int.MinValue and <= int.MaxValue)
        {
            il.LoadConstantI4((int)value);
        }
        else
        {
            il.LoadConstantI8(value);
        }
    }
}
