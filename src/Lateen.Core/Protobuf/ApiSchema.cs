using System.Collections.Concurrent;
using System.Reflection;
using System.Text;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;

namespace Lateen.Core.Protobuf;

/// <summary>
/// The messages of an assembly with generated code, read from the <c>FileDescriptorSet</c> in its resource
/// <c>api.desc</c>; of assemblies without one, from protobuf's descriptors. Safe for any thread.
/// </summary>
public sealed partial class ApiSchema
{
    private const string Resource = "api.desc";

    // One entry per assembly with generated code and per message type that was used, so neither grows without bound.
    private static readonly ConcurrentDictionary<Assembly, ApiSchema> _ofAssembly = new();
    private static readonly ConcurrentDictionary<System.Type, MessageSchema> _ofType = new();

    private static readonly Lazy<ApiSchema> _wellKnown = new(() => new ApiSchema(SetOf(
        Struct.Descriptor.File, StringValue.Descriptor.File, Duration.Descriptor.File, Timestamp.Descriptor.File,
        Any.Descriptor.File, Empty.Descriptor.File, FieldMask.Descriptor.File)));

    private readonly Lock _lock = new();
    private readonly Stream _set;
    private readonly Dictionary<string, List<DescriptorFile>> _byPackage = new(StringComparer.Ordinal);
    private readonly Dictionary<string, MessageSchema?> _messages = new(StringComparer.Ordinal);
    private readonly Dictionary<string, EnumSchema?> _enums = new(StringComparer.Ordinal);

    private ApiSchema(Stream set)
    {
        _set = set;
        while (_set.Position < _set.Length)
        {
            var tag = ReadVarint();
            var length = (int)ReadVarint();
            var start = _set.Position;
            if (tag == 0x0A)
            {
                var file = ReadFile(start, length);
                if (!_byPackage.TryGetValue(file.Package, out var files))
                {
                    _byPackage[file.Package] = files = [];
                }

                files.Add(file);
            }

            _set.Position = start + length;
        }
    }

    /// <summary>The schemas of the assembly that a generated message is of.</summary>
    public static ApiSchema Of(Assembly assembly) => _ofAssembly.GetOrAdd(assembly, static a =>
        new ApiSchema(a.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"{a.GetName().Name} has no resource {Resource}")));

    /// <summary>The schemas of a <c>FileDescriptorSet</c>; null: the bytes are none.</summary>
    public static ApiSchema? TryParse(byte[] set)
    {
        var reader = new WireReader(set);
        try
        {
            while (reader.TryReadTag(out var number, out var wireType))
            {
                reader.ReadValue(wireType);
                if (number != 1 || wireType != WireReader.Delimited)
                {
                    return null;
                }
            }
        }
        catch (FormatException)
        {
            return null;
        }

        return new ApiSchema(new MemoryStream(set));
    }

    /// <summary>The message of this full name, also of those that come with protobuf; null if there is none.</summary>
    public MessageSchema? FindType(string fullName) => Find(fullName) ?? WellKnown(fullName);

    /// <summary>The service of this full name; null if there is none.</summary>
    public ServiceSchema? FindService(string fullName)
    {
        lock (_lock)
        {
            foreach (var file in Locate(fullName, out var name) ?? [])
            {
                var reader = new WireReader(Read(file));
                while (reader.TryReadTag(out var number, out var wireType))
                {
                    var content = reader.ReadValue(wireType);
                    if (number == 6 && NameOf(content).SequenceEqual(Encoding.UTF8.GetBytes(name)))
                    {
                        return ServiceSchema.Read(fullName, content, this);
                    }
                }
            }
        }

        return null;
    }

    /// <summary>The schema of a message.</summary>
    public static MessageSchema Of(IMessage message) =>
        _ofType.TryGetValue(message.GetType(), out var known) ? known
            : _ofType.GetOrAdd(message.GetType(), Find(message));

    /// <summary>The schema of a generated message by protobuf's own descriptor.</summary>
    public static MessageSchema Of(MessageDescriptor descriptor) =>
        _ofType.GetOrAdd(descriptor.ClrType, static (_, d) => Make(d), descriptor);

    /// <summary>A message that comes with protobuf, such as <c>google.protobuf.Struct</c>; null if there is
    /// none.</summary>
    internal static MessageSchema? WellKnown(string fullName) =>
        fullName.StartsWith("google.protobuf.", StringComparison.Ordinal) ? _wellKnown.Value.Find(fullName) : null;

    /// <summary>The message of this full name; null if there is none.</summary>
    public MessageSchema? Find(string fullName)
    {
        lock (_lock)
        {
            if (!_messages.TryGetValue(fullName, out var schema) && Locate(fullName, out var name) is { } files)
            {
                foreach (var file in files)
                {
                    var bytes = Read(file);
                    if (Descend(bytes, name, isEnum: false) is { IsEmpty: false } descriptor)
                    {
                        schema = new MessageSchema(this, fullName, file.IsProto2, descriptor);
                        break;
                    }
                }

                _messages[fullName] = schema;
            }

            return schema;
        }
    }

    internal EnumSchema? FindEnum(string fullName)
    {
        lock (_lock)
        {
            if (!_enums.TryGetValue(fullName, out var schema) && Locate(fullName, out var name) is { } files)
            {
                foreach (var file in files)
                {
                    var bytes = Read(file);
                    if (Descend(bytes, name, isEnum: true) is { IsEmpty: false } descriptor)
                    {
                        schema = new EnumSchema(fullName, descriptor);
                        break;
                    }
                }

                _enums[fullName] = schema;
            }

            return schema;
        }
    }

    private static MessageSchema Find(IMessage message)
    {
        var type = message.GetType();
        if (type.Assembly.GetManifestResourceInfo(Resource) is not null
            && Of(type.Assembly).FindGenerated(type) is { } schema)
        {
            return schema;
        }

        return Make(message.Descriptor);
    }

    private static MessageSchema Make(MessageDescriptor descriptor)
    {
        var assembly = descriptor.ClrType.Assembly;
        var api = assembly.GetManifestResourceInfo(Resource) is null ? new ApiSchema(SetOf(descriptor.File))
            : Of(assembly);
        return api.Find(descriptor.FullName)
            ?? throw new InvalidOperationException($"no schema of {descriptor.FullName}");
    }

    private static MemoryStream SetOf(params FileDescriptor[] roots)
    {
        var (files, left) = (new List<FileDescriptor>(), new Stack<FileDescriptor>(roots));
        while (left.TryPop(out var next))
        {
            if (!files.Contains(next))
            {
                files.Add(next);
                foreach (var dependency in next.Dependencies)
                {
                    left.Push(dependency);
                }
            }
        }

        var set = new WireWriter();
        foreach (var each in files)
        {
            set.WriteTag(1, WireReader.Delimited);
            set.WriteDelimited(each.SerializedData.Span);
        }

        return new MemoryStream(set.Written.ToArray());
    }

    /// <summary>The message that a generated class is: by its namespace, and its name in other classes.</summary>
    private MessageSchema? FindGenerated(System.Type type)
    {
        var name = type.FullName![(type.Namespace!.Length + 1)..].Replace("+Types+", ".", StringComparison.Ordinal);
        foreach (var (package, files) in _byPackage)
        {
            if (files.Exists(f => f.Namespace == type.Namespace)
                && Find(package.Length == 0 ? name : $"{package}.{name}") is { } schema)
            {
                return schema;
            }
        }

        return null;
    }

    /// <summary>The files that a full name may be of, and the name within their package.</summary>
    private List<DescriptorFile>? Locate(string fullName, out string name)
    {
        for (var dot = fullName.LastIndexOf('.'); dot > 0; dot = fullName.LastIndexOf('.', dot - 1))
        {
            if (_byPackage.TryGetValue(fullName[..dot], out var files))
            {
                name = fullName[(dot + 1)..];
                return files;
            }
        }

        name = fullName;
        return _byPackage.GetValueOrDefault("");
    }

    /// <summary>
    /// The descriptor of a name; all its parts but the last are messages. In a file messages are field 4 and enums
    /// field 5; in a message they are 3 and 4.
    /// </summary>
    private static ReadOnlySpan<byte> Descend(ReadOnlySpan<byte> bytes, string name, bool isEnum, bool isFile = true)
    {
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        var part = Encoding.UTF8.GetBytes(dot < 0 ? name : name[..dot]);
        var wanted = (isFile ? 4 : 3) + (isEnum && dot < 0 ? 1 : 0);
        var reader = new WireReader(bytes);
        while (reader.TryReadTag(out var number, out var wireType))
        {
            var content = reader.ReadValue(wireType);
            if (number == wanted && wireType == WireReader.Delimited && NameOf(content).SequenceEqual(part))
            {
                return dot < 0 ? content : Descend(content, name[(dot + 1)..], isEnum, isFile: false);
            }
        }

        return default;
    }

    private static ReadOnlySpan<byte> NameOf(ReadOnlySpan<byte> descriptor)
    {
        var reader = new WireReader(descriptor);
        while (reader.TryReadTag(out var number, out var wireType))
        {
            var content = reader.ReadValue(wireType);
            if (number == 1)
            {
                return content;
            }
        }

        return default;
    }

    private byte[] Read(DescriptorFile file)
    {
        var bytes = new byte[file.Length];
        _set.Position = file.Start;
        _set.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>Package and options of the file that begins here; its messages are passed over.</summary>
    private DescriptorFile ReadFile(long start, int length)
    {
        var (package, space, isProto2) = ("", (string?)null, true);
        while (_set.Position < start + length)
        {
            var tag = ReadVarint();
            var size = (int)ReadVarint();
            if (tag is not (0x12 or 0x42 or 0x62))
            {
                // Numbers stand without a size: what was read is the number itself.
                _set.Position += (tag & 7) == WireReader.Delimited ? size : 0;
                continue;
            }

            var bytes = new byte[size];
            _set.ReadExactly(bytes);
            switch (tag)
            {
                case 0x12:
                    package = Encoding.UTF8.GetString(bytes);
                    break;
                case 0x62:
                    isProto2 = Encoding.UTF8.GetString(bytes) != "proto3";
                    break;
                default:
                    space = ReadNamespace(bytes);
                    break;
            }
        }

        return new DescriptorFile(start, length, package, space ?? NamespaceOf(package), isProto2);
    }

    private static string? ReadNamespace(ReadOnlySpan<byte> options)
    {
        string? space = null;
        var reader = new WireReader(options);
        while (reader.TryReadTag(out var number, out var wireType))
        {
            var content = reader.ReadValue(wireType);
            space = number == 37 ? Encoding.UTF8.GetString(content) : space;
        }

        return space;
    }

    private ulong ReadVarint()
    {
        ulong result = 0;
        for (var shift = 0; ; shift += 7)
        {
            var b = _set.ReadByte();
            result |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80)
            {
                return result;
            }
        }
    }

    /// <summary>As protoc names it: a capital begins each part and follows each digit and underscore.</summary>
    private static string NamespaceOf(string package)
    {
        var name = new StringBuilder(package.Length);
        var capital = true;
        foreach (var c in package)
        {
            if (c != '_')
            {
                name.Append(capital ? char.ToUpperInvariant(c) : c);
            }

            capital = c == '_' || !char.IsAsciiLetter(c);
        }

        return name.ToString();
    }

    /// <summary>Where a file's descriptor stands in the set.</summary>
    private sealed record DescriptorFile(long Start, int Length, string Package, string Namespace, bool IsProto2);
}
