using System.Text;
using Lateen.Http.Hpack;

namespace Lateen.Http.Tests.Hpack;

/// <summary>Keeps the fields of a block as text.</summary>
internal sealed class FieldList : IHpackSink
{
    public List<(string Name, string Value)> Fields { get; } = [];

    public void OnField(HeaderId id, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        Assert.Equal(HeaderIds.Find(name), id);
        Fields.Add((Encoding.Latin1.GetString(name), Encoding.Latin1.GetString(value)));
    }

    public override string ToString() => string.Join(", ", Fields.Select(f => $"{f.Name}: {f.Value}"));
}
