using Envoy.Config.Bootstrap.V3;
using Envoy.Service.Discovery.V3;
using Google.Protobuf;
using Lateen.Core;
using Lateen.Core.Protobuf;
using Lateen.Core.Yaml;

namespace Lateen.Proxy.Config;

/// <summary>Reads bootstraps and discovery responses from files: YAML, JSON, binary protobuf (<c>.pb</c>) or protobuf's
/// text format (<c>.pb_text</c>), by the file's ending.</summary>
internal static class BootstrapReader
{
    /// <summary>
    /// Reads the file (if any) and merges the inline text over it. Unknown fields are errors unless they are allowed.
    /// </summary>
    /// <param name="file">Its name; null: none.</param>
    /// <param name="inline">YAML; null or empty: none.</param>
    /// <param name="allowUnknownFields">Unknown fields are passed over.</param>
    /// <param name="errors">What is wrong.</param>
    /// <param name="ignored">Gets one entry for each text with unknown fields that were passed over.</param>
    public static Bootstrap Read(
        string? file, string? inline, bool allowUnknownFields, List<ConfigError> errors,
        ICollection<string>? ignored = null)
    {
        var bootstrap = new Bootstrap();
        if (file is not null)
        {
            ReadFile(file, bootstrap, allowUnknownFields, errors, ignored);
        }
        if (!string.IsNullOrEmpty(inline))
        {
            var overlay = new Bootstrap();
            ReadText(inline, null, overlay, allowUnknownFields, errors, ignored);
            bootstrap.MergeFrom(overlay);
        }
        return bootstrap;
    }

    /// <summary>The discovery response in a file.</summary>
    public static DiscoveryResponse ReadDiscoveryFile(string file, List<ConfigError> errors)
    {
        var response = new DiscoveryResponse();
        ReadFile(file, response, true, errors);
        if (errors.Count == 0 && new FileInfo(file) is { Exists: true, Length: 0 })
        {
            // Nothing is not an empty response: it would take everything away.
            errors.Add(new ConfigError("", "FILE", $"{file} is empty"));
        }
        else if (errors.Count == 0 && file.EndsWith(".json", StringComparison.Ordinal)
            && !File.ReadAllText(file).AsSpan().TrimStart().StartsWith("{"))
        {
            errors.Add(new ConfigError("", "FILE", $"{file} is no JSON object"));
        }
        return response;
    }

    /// <summary>Reads any message out of JSON or YAML; unknown fields are left out.</summary>
    public static void ReadJson(string text, IMessage message, List<ConfigError> errors) =>
        ReadText(text, null, message, true, errors);

    /// <summary>Reads any message out of a file.</summary>
    public static void ReadFile(
        string file, IMessage message, bool allowUnknownFields, List<ConfigError> errors,
        ICollection<string>? ignored = null)
    {
        try
        {
            if (file.EndsWith(".pb", StringComparison.Ordinal))
            {
                ReadBinary(file, message, allowUnknownFields, errors, ignored);
                return;
            }
            if (file.EndsWith(".pb_text", StringComparison.Ordinal))
            {
                new TextFormatReader(EnvoyTypes.Find, allowUnknownFields).Merge(message, File.ReadAllText(file));
                return;
            }
            ReadText(File.ReadAllText(file), file, message, allowUnknownFields, errors, ignored);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidProtocolBufferException
            or FormatException)
        {
            errors.Add(new ConfigError("", "BOOTSTRAP_FILE", $"unable to read file: {e.Message}", null, file));
        }
        catch (TextFormatException e)
        {
            errors.Add(new ConfigError("", "BOOTSTRAP_FORM", e.Message, null, file));
        }
    }

    private static void ReadBinary(
        string file, IMessage message, bool allowUnknownFields, List<ConfigError> errors, ICollection<string>? ignored)
    {
        var bytes = File.ReadAllBytes(file);
        if (UnknownFields.Find(ApiSchema.Of(message), bytes, EnvoyTypes.Find) is { } path)
        {
            if (allowUnknownFields)
            {
                ignored?.Add(path);
            }
            else
            {
                errors.Add(new ConfigError(path, "UNKNOWN_FIELD", "unknown field", null, file));
            }
        }
        message.MergeFrom(bytes);
    }

    private static void ReadText(
        string text, string? file, IMessage message, bool allowUnknownFields, List<ConfigError> errors,
        ICollection<string>? ignored = null)
    {
        var stream = YamlReader.Read(text, file);
        errors.AddRange(stream.Errors);
        if (stream.Documents.Length == 0)
        {
            return;
        }
        var options = new MessageReadOptions
        {
            IgnoreUnknownFields = allowUnknownFields,
            DurationMaps = true,
            DeclaredNames = true,
            FindType = EnvoyTypes.Find,
        };
        var reader = new MessageReader(options, errors);
        reader.Merge(message, stream.Documents[0], "");
        if (reader.HasIgnoredFields)
        {
            ignored?.Add(file ?? "");
        }
    }
}
