using System.Security.Cryptography;
using Envoy.Config.Route.V3;
using Google.Protobuf;

namespace Lateen.Pilot.Routes;

/// <summary>
/// Routes in the form in which they stand in a virtual host, each with its tag and length. The bytes are shared by all
/// virtual hosts and route configurations that hold them. Equal when the bytes are.
/// </summary>
internal sealed class EncodedRoutes : IEquatable<EncodedRoutes>
{
    private EncodedRoutes(int count, byte[] bytes)
    {
        Count = count;
        Bytes = bytes;
        Hash = SHA256.HashData(bytes);
    }

    /// <summary>No route.</summary>
    internal static EncodedRoutes None { get; } = new(0, []);

    /// <summary>How many routes.</summary>
    internal int Count { get; }

    /// <summary>The fields <c>routes</c> of a virtual host.</summary>
    internal ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>SHA-256 of the bytes.</summary>
    internal ReadOnlyMemory<byte> Hash { get; }

    /// <summary>Encodes routes.</summary>
    internal static EncodedRoutes Of(IReadOnlyCollection<Route> routes)
    {
        if (routes.Count == 0)
        {
            return None;
        }
        var host = new VirtualHost { Routes = { routes } };
        return new EncodedRoutes(routes.Count, host.ToByteArray());
    }

    /// <inheritdoc/>
    public bool Equals(EncodedRoutes? other)
        => other is not null && Count == other.Count && Hash.Span.SequenceEqual(other.Hash.Span);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as EncodedRoutes);

    /// <inheritdoc/>
    public override int GetHashCode() => BitConverter.ToInt32(Hash.Span);
}
