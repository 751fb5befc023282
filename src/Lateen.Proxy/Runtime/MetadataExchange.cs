using System.Buffers.Binary;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Lateen.Net;
using Lateen.Proxy.Stats;
using Lateen.Proxy.Streams;
using Lateen.Proxy.Tcp;

namespace Lateen.Proxy.Runtime;

/// <summary>
/// Istio's exchange of metadata on one connection, either direction. Steps: 1. at the first byte read or written ALPN
/// is looked at; 2. where it agreed, this side's header goes first; 3. the peer's header is taken off what comes. Where
/// anything is not as agreed, bytes pass unchanged and the peer is looked up by its address.
/// </summary>
internal sealed class MetadataExchange(
    MetadataExchangeConfig config, int worker, Connection connection, FilterState state, string side,
    Func<WorkloadMetadata?> lookUp)
{
    private bool _hasStarted;
    private bool _isOver;

    /// <summary>Bytes of the peer's header, once it has been taken off.</summary>
    internal int HeaderBytes { get; private set; }

    /// <summary>This side's header, where it is to be sent, is in the output from now on.</summary>
    internal void BeforeWrite()
    {
        if (_hasStarted)
        {
            return;
        }

        _hasStarted = true;
        if (connection.Tls is not { } tls || !tls.Alpn.SequenceEqual(config.Protocol))
        {
            Count("alpn_protocol_not_found");
            GiveUp();
            return;
        }

        Count("alpn_protocol_found");
        connection.Output.Append(config.Header);
        connection.Send();
        Count("metadata_added");
    }

    /// <summary>True when what is in the input now is payload; false when the header is not complete.</summary>
    /// <param name="input">What has come.</param>
    /// <param name="ended">Nothing more comes.</param>
    internal bool TakeHeader(BufferChain input, bool ended)
    {
        BeforeWrite();
        if (_isOver)
        {
            return true;
        }

        if (input.Length < MetadataExchangeConfig.PrefixBytes)
        {
            Count("initial_header_not_found");
            return ended && GiveUp();
        }

        var prefix = input.Coalesce(MetadataExchangeConfig.PrefixBytes);
        var length = BinaryPrimitives.ReadUInt32BigEndian(prefix[4..]);
        if (BinaryPrimitives.ReadUInt32BigEndian(prefix) != MetadataExchangeConfig.Magic
            || length > MetadataExchangeConfig.BodyBytesMax)
        {
            Count("initial_header_not_found");
            return GiveUp();
        }

        var whole = MetadataExchangeConfig.PrefixBytes + (int)length;
        if (input.Length < whole)
        {
            return ended && GiveUp();
        }

        return TakeBody(input, whole);
    }

    private bool TakeBody(BufferChain input, int whole)
    {
        try
        {
            var any = Any.Parser.ParseFrom(input.Coalesce(whole)[MetadataExchangeConfig.PrefixBytes..whole]);
            var body = Struct.Parser.ParseFrom(any.Value);
            if (body.Fields.GetValueOrDefault(MetadataExchangeConfig.PeerKey)?.StructValue is { } peer)
            {
                Store(WorkloadMetadata.FromStruct(peer, config.AdditionalLabels));
            }

            _isOver = true;
            HeaderBytes = whole;
            input.Consume(whole);
            return true;
        }
        catch (InvalidProtocolBufferException)
        {
            // A peer may send anything; what cannot be read is payload.
            Count("header_not_found");
            return GiveUp();
        }
    }

    /// <summary>Always true.</summary>
    private bool GiveUp()
    {
        _isOver = true;
        if (config.EnableDiscovery && lookUp() is { } found)
        {
            Store(found);
            Count("metadata_added");
        }
        else
        {
            state.Set("peer_not_found", "true");
        }

        return true;
    }

    private void Store(WorkloadMetadata peer)
    {
        state.Set($"{side}_peer", peer);
        state.Set($"{side}_peer_obj", peer);
    }

    private void Count(string name) => config.Stats.Add(worker, config.Stats.GetOrAdd(name));
}
