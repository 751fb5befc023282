namespace Lateen.Proxy.Tapping;

/// <summary>A message of a trace, for every format: fields in order, with their numbers for the binary one.</summary>
internal sealed class TapNode
{
    private readonly List<TapField> _fields = [];

    public IReadOnlyList<TapField> Fields => _fields;

    /// <summary>A value is a <see cref="TapNode"/>, a list of them, bytes, a text, a bool, a uint or a ulong.</summary>
    public TapNode Add(int number, string name, object value)
    {
        _fields.Add(new TapField(number, name, value));
        return this;
    }
}

/// <summary>One field of a message.</summary>
internal readonly record struct TapField(int Number, string Name, object Value);
