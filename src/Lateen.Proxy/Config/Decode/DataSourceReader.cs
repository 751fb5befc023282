using Envoy.Config.Core.V3;

namespace Lateen.Proxy.Config.Decode;

/// <summary>Reads what a data source points to.</summary>
internal static class DataSourceReader
{
    private const int FileBytesMax = 16 * 1024 * 1024;

    /// <summary>The bytes; null when there is no source or it cannot be read, which is noted as an error.</summary>
    public static byte[]? Read(DataSource? source, string path, DecodeContext context)
    {
        switch (source?.SpecifierCase)
        {
            case DataSource.SpecifierOneofCase.InlineBytes:
                return source.InlineBytes.ToByteArray();
            case DataSource.SpecifierOneofCase.InlineString:
                return System.Text.Encoding.UTF8.GetBytes(source.InlineString);
            case DataSource.SpecifierOneofCase.Filename:
                return ReadFile(source.Filename, $"{path}.filename", context);
            case DataSource.SpecifierOneofCase.EnvironmentVariable:
                var value = Formatting.StreamOperators.Environment(source.EnvironmentVariable);
                if (value is null)
                {
                    context.Error($"{path}.environment_variable", "FILE",
                        $"Environment variable doesn't exist: {source.EnvironmentVariable}");
                }
                return value is null ? null : System.Text.Encoding.UTF8.GetBytes(value);
            default:
                return null;
        }
    }

    /// <summary>Where the data came from, for <c>/certs</c>.</summary>
    public static string OriginOf(DataSource? source) =>
        source?.SpecifierCase == DataSource.SpecifierOneofCase.Filename ? source.Filename : "<inline>";

    private static byte[]? ReadFile(string file, string path, DecodeContext context)
    {
        try
        {
            var info = new FileInfo(file);
            if (info.Exists && info.Length <= FileBytesMax)
            {
                return File.ReadAllBytes(file);
            }
            context.Error(path, "FILE", info.Exists ? $"file is too large: {file}" : $"Invalid path: {file}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            context.Error(path, "FILE", $"unable to read file: {file}: {e.Message}");
        }
        return null;
    }
}
