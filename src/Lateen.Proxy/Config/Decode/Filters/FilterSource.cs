using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Config.Decode.Filters;

/// <summary>One HTTP filter to be decoded: its opened configuration and what it belongs to.</summary>
/// <param name="Name">Name in the chain.</param>
/// <param name="Disabled">Off unless a route switches it on.</param>
/// <param name="Type">Full name of the configuration's message.</param>
/// <param name="Bytes">The message.</param>
/// <param name="Fields">The message as a mapping, from a TypedStruct; null: see <paramref name="Bytes"/>.</param>
/// <param name="Scope">Statistics of the connection manager; null for settings of a route.</param>
/// <param name="Path">Where it stands, for errors.</param>
/// <param name="Context">The resource being decoded.</param>
internal sealed record FilterSource(
    string Name, bool Disabled, string Type, ByteString Bytes, Struct? Fields, StatsScope? Scope, string Path,
    DecodeContext Context)
{
    public T Read<T>(MessageParser<T> parser)
        where T : class, IMessage<T>, new() => TypedConfigs.Read(parser, Bytes, Fields);

    public void Error(string field, string message) =>
        Context.Error(field.Length == 0 ? Path : $"{Path}.{field}", "HTTP_FILTERS", message);
}
