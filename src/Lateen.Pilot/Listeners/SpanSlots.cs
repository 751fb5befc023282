using System.Text;
using Google.Protobuf;
using Lateen.Pilot.Model;

namespace Lateen.Pilot.Listeners;

/// <summary>
/// The places in an encoded listener where spans name the client, and the lengths around them that change with the
/// names. Found once; filled by copying.
/// </summary>
/// <remarks>
/// The way to a name (envoy/config/listener/v3/listener.proto and on):
/// <code>
/// Listener.filter_chains 3 or default_filter_chain 25 → FilterChain.filters 3 → Filter.typed_config 4 → Any.value 2 →
/// HttpConnectionManager.tracing 7 → Tracing.custom_tags 8 → CustomTag.literal 2 → Literal.value 1
/// </code>
/// </remarks>
internal sealed class SpanSlots
{
    private const int TagName = 1;
    private const int TypeUrl = 1;

    private static readonly int[][] _path = [[3, 25], [3], [4], [2], [7], [8], [2], [1]];

    /// <summary>Depth of the Any, and of the custom tag: there the type and the name of the tag decide.</summary>
    private const int AnyDepth = 3;
    private const int CustomTagDepth = 6;

    private readonly ReadOnlyMemory<byte> _body;
    private readonly List<Slot> _roots;

    private SpanSlots(ReadOnlyMemory<byte> body, List<Slot> roots)
    {
        _body = body;
        _roots = roots;
    }

    /// <summary>How many parts of the listener have names in them.</summary>
    internal int Count => _roots.Count;

    /// <summary>Looks for the places.</summary>
    internal static SpanSlots Find(ReadOnlyMemory<byte> body)
        => new(body, Find(body.Span, 0, body.Length, 0, SpanName.None));

    /// <summary>The listener with a client's names.</summary>
    internal byte[] Fill(ClientNames client)
    {
        var result = new byte[_body.Length + _roots.Sum(slot => slot.Growth(client))];
        var at = Write(result, _roots, 0, _body.Length, client);
        return at == result.Length ? result
            : throw new InvalidOperationException($"{at} of {result.Length} bytes of a listener were written.");
    }

    /// <summary>Writes a part of the body with its slots filled; returns how much that was.</summary>
    private int Write(Span<byte> output, List<Slot> slots, int start, int end, ClientNames client)
    {
        var at = 0;
        foreach (var slot in slots)
        {
            at += Copy(output[at..], start, slot.LengthAt);
            at += WriteVarint(output[at..], (uint)slot.NewLength(client));
            at += slot.Name != SpanName.None
                ? Encoding.UTF8.GetBytes(Slot.TextOf(slot.Name, client), output[at..])
                : Write(output[at..], slot.Inner, slot.Start, slot.End, client);
            start = slot.End;
        }
        return at + Copy(output[at..], start, end);
    }

    private int Copy(Span<byte> output, int start, int end)
    {
        _body.Span[start..end].CopyTo(output);
        return end - start;
    }

    private static int WriteVarint(Span<byte> output, uint value)
    {
        var at = 0;
        for (; value >= 0x80; value >>= 7)
        {
            output[at++] = (byte)(value | 0x80);
        }
        output[at] = (byte)value;
        return at + 1;
    }

    private static List<Slot> Find(ReadOnlySpan<byte> body, int start, int end, int depth, SpanName name)
    {
        var found = new List<Slot>();
        if (depth == AnyDepth && TextAt(body, start, end, TypeUrl) != ConfigTypeUrls.HttpConnectionManager)
        {
            return found;
        }
        if (depth == CustomTagDepth)
        {
            name = NameOf(TextAt(body, start, end, TagName));
            if (name == SpanName.None)
            {
                return found;
            }
        }
        foreach (var field in new WireFields(body, start, end))
        {
            if (!_path[depth].Contains(field.Number))
            {
                continue;
            }
            if (depth == _path.Length - 1)
            {
                found.Add(new Slot(field.LengthAt, field.Start, field.End, name, []));
            }
            else if (Find(body, field.Start, field.End, depth + 1, name) is { Count: > 0 } inner)
            {
                found.Add(new Slot(field.LengthAt, field.Start, field.End, SpanName.None, inner));
            }
        }
        return found;
    }

    private static string TextAt(ReadOnlySpan<byte> body, int start, int end, int number)
    {
        foreach (var field in new WireFields(body, start, end))
        {
            if (field.Number == number)
            {
                return Encoding.UTF8.GetString(body[field.Start..field.End]);
            }
        }
        return "";
    }

    private static SpanName NameOf(string tag)
    {
        return tag switch
        {
            Tracing.NamespaceTag => SpanName.Namespace,
            Tracing.CanonicalServiceTag => SpanName.CanonicalService,
            Tracing.CanonicalRevisionTag => SpanName.CanonicalRevision,
            _ => SpanName.None,
        };
    }

    /// <summary>Which name of the client stands at a place.</summary>
    private enum SpanName
    {
        None,
        Namespace,
        CanonicalService,
        CanonicalRevision,
    }

    /// <summary>A name, or a message with names in it.</summary>
    /// <param name="LengthAt">Where its length stands.</param>
    /// <param name="Start">Where its content begins.</param>
    /// <param name="End">Where its content ends.</param>
    /// <param name="Name">The name; none for a message.</param>
    /// <param name="Inner">What is in the message.</param>
    private sealed record Slot(int LengthAt, int Start, int End, SpanName Name, List<Slot> Inner)
    {
        internal static string TextOf(SpanName name, ClientNames client)
        {
            var (value, fallback) = name switch
            {
                SpanName.Namespace => (client.Namespace, Tracing.NoNamespace),
                SpanName.CanonicalService => (client.CanonicalService, Tracing.NoService),
                _ => (client.CanonicalRevision, Tracing.NoRevision),
            };
            return value.Length > 0 ? value : fallback;
        }

        internal int NewLength(ClientNames client) => Name != SpanName.None
            ? Encoding.UTF8.GetByteCount(TextOf(Name, client))
            : End - Start + Inner.Sum(slot => slot.Growth(client));

        /// <summary>By how many bytes it is longer than in the template, with its length.</summary>
        internal int Growth(ClientNames client)
        {
            var length = NewLength(client);
            return CodedOutputStream.ComputeLengthSize(length) + length - (End - LengthAt);
        }
    }
}
