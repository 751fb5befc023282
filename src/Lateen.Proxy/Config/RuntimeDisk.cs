using Lateen.Proxy.Routing;

namespace Lateen.Proxy.Config;

/// <summary>
/// A runtime layer out of a folder: every file below is a value, named by its path with dots for slashes. The folder is
/// reached through a symbolic link, which is replaced to change all at once. Source:
/// <c>bootstrap.v3.RuntimeLayer.DiskLayer</c>.
/// </summary>
internal static class RuntimeDisk
{
    private const int DepthMax = 16;
    private const int FilesMax = 100_000;
    private const long FileBytesMax = 1024 * 1024;

    /// <summary>Adds what stands below a folder.</summary>
    /// <exception cref="IOException">Something cannot be read, or there is too much of it.</exception>
    public static void Read(string folder, Dictionary<string, RuntimeValue> values) => Read(folder, "", 1, values);

    /// <summary>A file's text without lines of comment and trailing blanks.</summary>
    internal static string Strip(string text)
    {
        var lines = text.TrimEnd().Split('\n');
        return string.Concat(lines
            .Select((line, index) => index < lines.Length - 1 ? line + "\n" : line)
            .Where(line => !line.StartsWith('#')));
    }

    private static void Read(string folder, string prefix, int depth, Dictionary<string, RuntimeValue> values)
    {
        if (depth > DepthMax)
        {
            throw new IOException($"Walk recursion depth exceeded {DepthMax}");
        }
        foreach (var path in Directory.EnumerateFileSystemEntries(folder))
        {
            var name = prefix.Length == 0 ? Path.GetFileName(path) : $"{prefix}.{Path.GetFileName(path)}";
            if (Directory.Exists(path))
            {
                Read(path, name, depth + 1, values);
                continue;
            }
            if (values.Count >= FilesMax || new FileInfo(path).Length > FileBytesMax)
            {
                throw new IOException($"{path} is one too many, or too large");
            }
            values[name] = RuntimeText.Read(Strip(File.ReadAllText(path)));
        }
    }
}
