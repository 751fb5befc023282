using Google.Protobuf;

namespace Lateen.Agent.Discovery;

/// <summary>Finds the few fields of discovery messages that a forwarder looks at, without decoding the
/// resources.</summary>
/// <param name="TypeUrl">Field 4 of both responses.</param>
/// <param name="Version">Field 1 of both responses.</param>
/// <param name="Nonce">Field 5 of both responses.</param>
internal readonly record struct DiscoveryMessage(string TypeUrl, string Version, string Nonce)
{
    /// <summary>Reads a DiscoveryResponse or a DeltaDiscoveryResponse; the numbers are the same.</summary>
    /// <exception cref="InvalidProtocolBufferException">It is none.</exception>
    public static DiscoveryMessage ReadResponse(byte[] bytes)
    {
        var input = new CodedInputStream(bytes);
        var (typeUrl, version, nonce) = ("", "", "");
        uint tag;
        while ((tag = input.ReadTag()) != 0)
        {
            switch (tag)
            {
                case (1 << 3) | 2:
                    version = input.ReadString();
                    break;
                case (4 << 3) | 2:
                    typeUrl = input.ReadString();
                    break;
                case (5 << 3) | 2:
                    nonce = input.ReadString();
                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }
        return new DiscoveryMessage(typeUrl, version, nonce);
    }
}
