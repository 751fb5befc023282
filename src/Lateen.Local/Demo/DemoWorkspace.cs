namespace Lateen.Local.Demo;

/// <summary>The folder that the mesh is run from: a copy of the sample's, in which the demo changes files as a user
/// would.</summary>
internal sealed class DemoWorkspace(string sample, string folder)
{
    private static readonly string[] _parts = ["kube", "networking", "policy"];

    public string Folder => folder;

    /// <summary>Makes it anew.</summary>
    public void Create()
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }

        foreach (var file in _parts.SelectMany(p => Directory.GetFiles(Path.Combine(sample, p), "*.yaml")))
        {
            Put(Path.GetFileName(file), File.ReadAllText(file));
        }
    }

    /// <summary>Copies one of the things to try over a file of the mesh.</summary>
    public void Apply(string example, string name) => Put(name, File.ReadAllText(Path.Combine(sample, "try", example)));

    /// <summary>Brings a file back to what the sample has, or removes it.</summary>
    public void Restore(string name)
    {
        var original = _parts.Select(p => Path.Combine(sample, p, name)).FirstOrDefault(File.Exists);
        if (original is null)
        {
            File.Delete(Path.Combine(folder, name));
        }
        else
        {
            Put(name, File.ReadAllText(original));
        }
    }

    public void Put(string name, string text)
    {
        Directory.CreateDirectory(folder);
        // Whole at once: the mesh watches.
        var partial = Path.Combine(folder, $".{name}.part");
        File.WriteAllText(partial, text);
        File.Move(partial, Path.Combine(folder, name), overwrite: true);
    }
}
