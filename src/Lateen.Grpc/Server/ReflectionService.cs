using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Lateen.Grpc.Server;

/// <summary>
/// Server reflection, so that tools such as grpcurl can list and call what a server offers. Control plane only:
/// descriptors cost memory.
/// </summary>
public sealed class ReflectionService
{
    private readonly GrpcServices _services;
    private readonly Dictionary<string, FileDescriptor> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, FileDescriptor> _symbols = new(StringComparer.Ordinal);

    private ReflectionService(GrpcServices services, IEnumerable<FileDescriptor> files)
    {
        _services = services;
        foreach (var file in files)
        {
            AddFile(file);
        }
    }

    /// <summary>Adds both versions of the reflection service to a server's services.</summary>
    /// <param name="services">The services to describe; those added later are listed, too.</param>
    /// <param name="files">The files that define them. What they import comes along.</param>
    public static void AddTo(GrpcServices services, params IEnumerable<FileDescriptor> files)
    {
        var reflection = new ReflectionService(services, files);
        foreach (var version in (ReadOnlySpan<string>)["v1", "v1alpha"])
        {
            services.AddDuplex(
                GrpcMethod.Bytes($"grpc.reflection.{version}.ServerReflection", "ServerReflectionInfo"),
                reflection.ServeAsync);
        }
    }

    private async Task ServeAsync(GrpcServerStream<GrpcPayload, GrpcPayload> stream)
    {
        await foreach (var request in stream.ReadAllAsync())
        {
            await stream.WriteAsync(new GrpcPayload(Answer(request.ToArray())));
        }
    }

    private byte[] Answer(byte[] request)
    {
        var (kind, argument) = ReflectionWire.ReadRequest(request);
        switch (kind)
        {
            case ReflectionWire.ListServices:
                return ReflectionWire.WriteServices(request, _services.ServiceNames);
            case ReflectionWire.FileByName when _files.TryGetValue(argument, out var file):
            case ReflectionWire.FileOfSymbol when _symbols.TryGetValue(argument, out file):
                return ReflectionWire.WriteFiles(request, Closure(file));
            default:
                return ReflectionWire.WriteError(request, GrpcStatusCode.NotFound, $"'{argument}' is not known here");
        }
    }

    /// <summary>A file and all that it imports, each once.</summary>
    private static List<ByteString> Closure(FileDescriptor file)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var data = new List<ByteString>();
        var open = new Stack<FileDescriptor>([file]);
        while (open.TryPop(out var next))
        {
            if (seen.Add(next.Name))
            {
                data.Add(next.SerializedData);
                foreach (var import in next.Dependencies)
                {
                    open.Push(import);
                }
            }
        }

        return data;
    }

    private void AddFile(FileDescriptor file)
    {
        if (!_files.TryAdd(file.Name, file))
        {
            return;
        }

        foreach (var service in file.Services)
        {
            _symbols[service.FullName] = file;
            foreach (var method in service.Methods)
            {
                _symbols[method.FullName] = file;
            }
        }

        foreach (var type in file.EnumTypes)
        {
            _symbols[type.FullName] = file;
        }

        foreach (var type in file.MessageTypes)
        {
            AddMessage(type);
        }

        foreach (var import in file.Dependencies)
        {
            AddFile(import);
        }
    }

    private void AddMessage(MessageDescriptor type)
    {
        _symbols[type.FullName] = type.File;
        foreach (var nested in type.NestedTypes)
        {
            AddMessage(nested);
        }

        foreach (var nested in type.EnumTypes)
        {
            _symbols[nested.FullName] = type.File;
        }
    }
}
