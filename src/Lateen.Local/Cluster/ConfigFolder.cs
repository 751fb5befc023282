using Lateen.Core;
using Lateen.Core.Yaml;

namespace Lateen.Local.Cluster;

/// <summary>
/// The user's folder. A file that changed is read again, others are not; of a file that cannot be read the last good
/// contents stay in force.
/// </summary>
internal sealed class ConfigFolder(string folder)
{
    private const int FileCountMax = 10_000;
    private static readonly HashSet<string> _extensions = [".yaml", ".yml", ".json"];
    private readonly Dictionary<string, (DateTime Modified, long Length)> _seen = [];
    private readonly Dictionary<string, YamlStream> _good = [];
    private readonly Dictionary<string, IReadOnlyList<ConfigError>> _faults = [];

    /// <summary>Reads what changed since the last call; false when nothing did.</summary>
    public bool Poll()
    {
        var changed = false;
        var present = List();
        foreach (var gone in _seen.Keys.Except(present.Select(f => f.FullName)).ToList())
        {
            _seen.Remove(gone);
            changed |= _faults.Remove(gone);
            changed |= _good.Remove(gone);
        }

        foreach (var file in present)
        {
            (DateTime, long) stamp = (file.LastWriteTimeUtc, file.Length);
            if (_seen.TryGetValue(file.FullName, out var last) && last == stamp)
            {
                continue;
            }

            _seen[file.FullName] = stamp;
            List<ConfigError> faults = [];
            changed |= Read(file, faults);
            changed |= _faults.Remove(file.FullName);
            if (faults.Count > 0)
            {
                _faults[file.FullName] = faults;
                changed = true;
            }
        }

        return changed;
    }

    /// <summary>Faults of all files as they are now.</summary>
    public IEnumerable<ConfigError> Errors =>
        _faults.OrderBy(f => f.Key, StringComparer.Ordinal).SelectMany(f => f.Value);

    /// <summary>Whether a file cannot be read as it is now, so that its last good contents are in force.</summary>
    public bool IsBroken(string file) => _faults.ContainsKey(file);

    /// <summary>Files in force.</summary>
    public IEnumerable<string> Files => _good.Keys;

    /// <summary>All documents in force, in the order of the files' names.</summary>
    public IEnumerable<YamlNode> Documents =>
        _good.OrderBy(f => f.Key, StringComparer.Ordinal).SelectMany(f => f.Value.Documents);

    private bool Read(FileInfo file, List<ConfigError> errors)
    {
        try
        {
            var stream = YamlReader.Read(File.ReadAllText(file.FullName), file.FullName);
            errors.AddRange(stream.Errors);
            if (stream.Errors.Length > 0 && _good.ContainsKey(file.FullName))
            {
                return false;
            }

            _good[file.FullName] = stream;
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            errors.Add(new ConfigError("", "local.file", e.Message, null, file.FullName));
            return false;
        }
    }

    private List<FileInfo> List()
    {
        var options = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true };
        return File.Exists(folder)
            ? [new FileInfo(folder)]
            : [.. new DirectoryInfo(folder).EnumerateFiles("*", options)
                .Where(f => _extensions.Contains(f.Extension) && f.Name[0] != '.')
                .Take(FileCountMax)];
    }
}
