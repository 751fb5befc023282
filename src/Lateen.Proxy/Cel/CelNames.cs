using System.Text;

namespace Lateen.Proxy.Cel;

/// <summary>What the names of an expression stand for: attributes and types.</summary>
internal abstract class CelNames
{
    private static readonly string[] _types =
    [
        "bool", "int", "uint", "double", "string", "bytes", "list", "map", "null_type", "type",
        "google.protobuf.Timestamp", "google.protobuf.Duration",
    ];

    /// <summary>Envoy's attributes.</summary>
    public static CelNames Attributes { get; } = new AttributeNames();

    /// <summary>Calls of functions that there are not are errors when they run, not before.</summary>
    public virtual bool IsLenient => false;

    /// <summary>Names that a name is looked for below, the innermost first.</summary>
    public virtual IEnumerable<string> Containers => [""];

    /// <summary>Null when the whole name stands for nothing.</summary>
    public abstract CelNode? Find(string name);

    protected static CelNode.Constant? FindType(string name) => Array.IndexOf(_types, name) >= 0
        ? new CelNode.Constant(CelValue.OfType(Encoding.UTF8.GetBytes(name)))
        : null;

    private sealed class AttributeNames : CelNames
    {
        public override CelNode? Find(string name) => CelAttributes.Find(name) is { } map
            ? new CelNode.Constant(CelValue.Of(map))
            : FindType(name);
    }
}
