using System.Buffers.Text;
using Lateen.Proxy.Filters;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.Compression;

/// <summary>Which coding a response gets, decided once for all compressors of a stream.</summary>
internal sealed class EncodingChoice
{
    private EncodingChoice(EncodingOutcome outcome, byte[] encoding)
    {
        Outcome = outcome;
        Encoding = encoding;
    }

    public EncodingOutcome Outcome { get; }

    /// <summary>The coding; empty for none.</summary>
    public byte[] Encoding { get; }

    /// <summary>Weighs what the client accepts against the compressors whose types allow the response.</summary>
    public static EncodingChoice Make(HttpStream stream, ReadOnlySpan<byte> accepted)
    {
        var candidates = Candidates(stream);
        byte[] best = [];
        double bestWeight = -1;
        var (isIdentity, isWildcard, hasToken) = (false, false, false);
        while (!accepted.IsEmpty)
        {
            var comma = accepted.IndexOf((byte)',');
            var token = comma < 0 ? accepted : accepted[..comma];
            accepted = comma < 0 ? default : accepted[(comma + 1)..];
            if (!TryRead(token, out var name, out var weight))
            {
                continue;
            }
            hasToken = true;
            var index = Find(candidates, name);
            if (weight == 0 && index >= 0)
            {
                candidates.RemoveAt(index);
                continue;
            }
            var (identity, wildcard) = (name.SequenceEqual("identity"u8), name.SequenceEqual("*"u8));
            if ((index >= 0 || identity || wildcard)
                && (weight > bestWeight || (weight == bestWeight && index >= 0 && candidates[index].ChooseFirst)))
            {
                bestWeight = weight;
                (isIdentity, isWildcard) = (identity, wildcard);
                best = index >= 0 ? candidates[index].Encoding : [];
            }
        }
        if (!hasToken || candidates.Count == 0 || bestWeight <= 0)
        {
            return new EncodingChoice(EncodingOutcome.NotValid, []);
        }
        return isIdentity ? new EncodingChoice(EncodingOutcome.Identity, [])
            : isWildcard ? new EncodingChoice(EncodingOutcome.Wildcard, candidates[0].Encoding)
            : new EncodingChoice(EncodingOutcome.Used, best);
    }

    private static List<(byte[] Encoding, bool ChooseFirst)> Candidates(HttpStream stream)
    {
        var result = new List<(byte[] Encoding, bool ChooseFirst)>();
        foreach (var filter in Considered(stream))
        {
            if (Inner(stream, filter) is { } compressor && stream.GetState(compressor) is not null
                && compressor.ResponseDirection.IsTypeAllowed(stream.Response)
                && compressor.EncodingFor(stream) is var encoding && Find(result, encoding) < 0)
            {
                result.Add((encoding, compressor.ChooseFirst));
            }
        }
        return result;
    }

    /// <summary>The filters whose compressors decide together: those of the attempt while they have the
    /// response.</summary>
    public static ReadOnlySpan<HttpFilter> Considered(HttpStream stream) =>
        stream.Router.FiltersResponse ? stream.Router.AttemptFilters : stream.Filters.AsSpan();

    /// <summary>The compressor that this filter is, or has chosen; null: neither.</summary>
    public static CompressorFilter? Inner(HttpStream stream, HttpFilter filter) => filter switch
    {
        CompressorFilter own => own,
        MatchedFilter matched => Inner(stream, matched.Inner),
        FilterSequence chain => chain.Find<CompressorFilter>(),
        DelegatingFilter when stream.GetState(filter) is HttpFilter chosen => Inner(stream, chosen),
        _ => null,
    };

    private static int Find(List<(byte[] Encoding, bool ChooseFirst)> candidates, ReadOnlySpan<byte> name)
    {
        for (var i = 0; i < candidates.Count; i++)
        {
            if (name.SequenceEqual(candidates[i].Encoding))
            {
                return i;
            }
        }
        return -1;
    }

    private static bool TryRead(ReadOnlySpan<byte> token, out ReadOnlySpan<byte> name, out double weight)
    {
        weight = 1;
        var semicolon = token.IndexOf((byte)';');
        name = (semicolon < 0 ? token : token[..semicolon]).Trim((byte)' ');
        if (semicolon >= 0)
        {
            var parameter = token[(semicolon + 1)..].Trim((byte)' ');
            if (parameter.StartsWith("q="u8) || parameter.StartsWith("Q="u8))
            {
                var text = parameter[2..];
                return Utf8Parser.TryParse(text, out weight, out var used) && used == text.Length && !name.IsEmpty;
            }
        }
        return !name.IsEmpty;
    }
}
