namespace Lateen.Xds.Wire;

/// <summary>Names of resources that stand for themselves.</summary>
public static class ResourceNames
{
    /// <summary>The name in an encoded resource: all of Envoy's have it in field 1.</summary>
    public static string Read(ReadOnlySpan<byte> body)
    {
        var reader = new ProtoReader(body);
        while (reader.MoveNext())
        {
            if (reader.Field == 1 && reader.IsLengthDelimited)
            {
                return reader.Text;
            }
        }

        return "";
    }
}
