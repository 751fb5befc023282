using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Udpa.Type.V1;

namespace Lateen.Pilot.Listeners;

/// <summary>Configuration of extensions that travels as a struct with the name of its message.</summary>
internal static class TypedStructs
{
    /// <summary>Packs the JSON text of a struct.</summary>
    internal static Any Of(string typeUrl, string json)
    {
        return Any.Pack(new TypedStruct { TypeUrl = typeUrl, Value = JsonParser.Default.Parse<Struct>(json) });
    }
}
