using Lateen.Core;
using Lateen.Core.Protobuf;
using Lateen.Core.Yaml;

namespace Lateen.Proxy.Transcoding;

/// <summary>Makes a method's messages of what one request's path, query and body say.</summary>
internal sealed class RequestBuilder(TranscoderConfig config, TranscodedMethod method)
{
    private const string UnknownType =
        "type.googleapis.com/envoy.extensions.filters.http.grpc_json_transcoder.v3.UnknownQueryParams";

    private readonly List<(FieldPath Field, string Text, byte[] Wire)> _bindings = [];
    private readonly List<(string Name, string Value)> _unknown = [];

    public TranscodedMethod Method => method;

    /// <summary>Takes a value of a field. Null: taken, or passed over; otherwise what is wrong.</summary>
    public (string Text, bool IsUnknown)? Bind(string path, string text)
    {
        if (FieldPath.Find(method.Input, path, out var error) is not { } field)
        {
            if (config.CapturesUnknownParameters)
            {
                _unknown.Add((path, text));
                return null;
            }
            return config.IgnoresUnknownParameters ? null : (error, true);
        }
        if (field.Write(text, config.IgnoresCase) is not { } wire)
        {
            return ($"{path}: invalid value \"{text}\" for type {field.TypeName}", false);
        }
        _bindings.Add((field, text, wire));
        return null;
    }

    /// <summary>The messages of a JSON body; null with what is wrong.</summary>
    public List<byte[]>? Build(string body, out string error)
    {
        error = "";
        YamlNode root;
        if (body.AsSpan().Trim().IsEmpty)
        {
            root = new YamlMapping([]);
        }
        else
        {
            var json = new JsonBody(body);
            if (json.Read() is not { } read)
            {
                error = json.Error!;
                return null;
            }
            root = read;
        }
        if (!method.StreamsIn)
        {
            return Message(root, out error) is { } message ? [message] : null;
        }
        if (root is not YamlSequence list)
        {
            error = "Expected an array instead of an object";
            return null;
        }
        var messages = new List<byte[]>();
        foreach (var item in list.Items)
        {
            if (Message(item, out error) is not { } message)
            {
                return null;
            }
            messages.Add(message);
        }
        return messages;
    }

    /// <summary>The message of one item of a JSON list; null with what is wrong.</summary>
    public byte[]? BuildItem(string text, out string error)
    {
        var json = new JsonBody(text);
        if (json.Read() is { } item)
        {
            return Message(item, out error);
        }
        error = json.Error!;
        return null;
    }

    /// <summary>A message that carries bytes of the body.</summary>
    public byte[] Bytes(ReadOnlySpan<byte> contentType, ReadOnlySpan<byte> data, bool isFirst)
    {
        var body = new List<byte>();
        if (isFirst)
        {
            body.AddRange(FieldPath.Enclose(1, contentType));
            if (_unknown.Count > 0)
            {
                body.AddRange(FieldPath.Enclose(3, Unknown()));
            }
        }
        body.AddRange(FieldPath.Enclose(2, data));
        var inner = body.ToArray();
        byte[] bound = isFirst ? Weave(null, out _) ?? [] : [];
        if (method.Body is not { } field)
        {
            return [.. bound, .. inner];
        }
        // Envoy begins the field before the bindings: the same message, and the same bytes.
        byte[] begin = isFirst ? field.Wrap([]) : [];
        return [.. begin, .. bound, .. field.Wrap(inner)];
    }

    private byte[]? Message(YamlNode node, out string error)
    {
        error = "";
        var target = method.Body is null ? method.Input : method.Body.Message;
        if (node is not YamlMapping && target is { IsFreeForm: false })
        {
            error = ": Root element must be a message.";
            return null;
        }
        var errors = new List<ConfigError>();
        byte[] body;
        if (target is null)
        {
            var text = (node as YamlScalar)?.Value ?? "";
            body = method.Body!.Write(text) ?? [];
        }
        else
        {
            body = new MessageReader(config.Reading, errors).Read(target, node, "");
            body = method.Body?.Wrap(body) ?? body;
        }
        if (errors.Count > 0)
        {
            error = Describe(errors[0], node, target!);
            return null;
        }
        return Weave(node, out error) is { } bound ? [.. body, .. bound] : null;
    }

    /// <summary>The bound values: those of one message together, then the messages inside it.</summary>
    private byte[]? Weave(YamlNode? body, out string error)
    {
        error = "";
        var kept = new List<(int[] Path, byte[] Wire)>();
        foreach (var (field, text, wire) in _bindings)
        {
            var written = method.Body is null && !field.IsRepeated ? field.Find(body) : null;
            if (written is YamlScalar scalar)
            {
                if (config.RejectsCollisions && scalar.Value != text)
                {
                    error = $"The binding value \"{text}\" of the field {field.Text} is conflicting with the value "
                        + $"\"{scalar.Value}\" in the body.";
                    return null;
                }
                continue;
            }
            kept.Add(([.. field.Numbers], wire));
        }
        return Emit(kept, 0);
    }

    private static byte[] Emit(List<(int[] Path, byte[] Wire)> bindings, int depth)
    {
        var result = new List<byte>();
        foreach (var (path, wire) in bindings)
        {
            if (path.Length == depth + 1)
            {
                result.AddRange(wire);
            }
        }
        foreach (var group in bindings.Where(b => b.Path.Length > depth + 1).GroupBy(b => b.Path[depth]))
        {
            result.AddRange(FieldPath.Enclose(group.Key, Emit([.. group], depth + 1)));
        }
        return [.. result];
    }

    private byte[] Unknown()
    {
        var message = new List<byte>();
        foreach (var group in _unknown.GroupBy(entry => entry.Name))
        {
            var values =
                group.SelectMany(entry => FieldPath.Enclose(1, System.Text.Encoding.UTF8.GetBytes(entry.Value)));
            byte[] entry =
            [
                .. FieldPath.Enclose(1, System.Text.Encoding.UTF8.GetBytes(group.Key)),
                .. FieldPath.Enclose(2, values.ToArray()),
            ];
            message.AddRange(FieldPath.Enclose(1, entry));
        }
        return
        [
            .. FieldPath.Enclose(1, System.Text.Encoding.UTF8.GetBytes(UnknownType)),
            .. FieldPath.Enclose(2, message.ToArray()),
        ];
    }

    private static string Describe(ConfigError error, YamlNode root, MessageSchema target)
    {
        var path = error.Path.Split('[')[0];
        if (FieldPath.Find(target, path, out _) is not { } field || field.Find(root) is not YamlScalar scalar)
        {
            return $"{error.Path}: {error.Message}";
        }
        var value = scalar.Kind == YamlScalarKind.Text ? $"\"{scalar.Value}\"" : scalar.Value;
        return $"{path}: invalid value {value} for type {field.TypeName}";
    }
}
