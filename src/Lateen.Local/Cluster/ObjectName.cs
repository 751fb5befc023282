namespace Lateen.Local.Cluster;

/// <summary>Where an object is found.</summary>
internal readonly record struct ObjectName(string Namespace, string Name)
{
    public override string ToString() => $"{Namespace}/{Name}";
}
