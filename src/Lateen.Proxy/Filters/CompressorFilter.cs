using System.Globalization;
using System.Text;
using Lateen.Http;
using Lateen.Proxy.Compression;
using Lateen.Proxy.Routing;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Stats;

namespace Lateen.Proxy.Filters;

/// <summary>The HTTP filter <c>compressor</c>.</summary>
internal sealed class CompressorFilter(StatsScope scope, string prefix) : HttpFilter
{
    private static readonly HeaderName Vary = HeaderName.Create("vary");
    private static readonly HeaderName Etag = HeaderName.Create("etag");
    private static readonly HeaderName ContentEncoding = HeaderName.Create("content-encoding");
    private static readonly HeaderName AcceptEncoding = HeaderName.Create("accept-encoding");
    private static readonly HeaderName CacheControl = HeaderName.Create("cache-control");
    private static readonly HeaderName StatusHeader = HeaderName.Create("x-envoy-compression-status");

    private readonly int _noHeader = scope.GetOrAdd($"{prefix}no_accept_header");
    private readonly int _identity = scope.GetOrAdd($"{prefix}header_identity");
    private readonly int _used = scope.GetOrAdd($"{prefix}header_compressor_used");
    private readonly int _overshadowed = scope.GetOrAdd($"{prefix}header_compressor_overshadowed");
    private readonly int _wildcard = scope.GetOrAdd($"{prefix}header_wildcard");
    private readonly int _notValid = scope.GetOrAdd($"{prefix}header_not_valid");
    private readonly int _etag = scope.GetOrAdd($"{prefix}not_compressed_etag");

    /// <summary>Of attempts responses only are compressed: their requests are not changed piece by piece.</summary>
    public override bool FitsAttempts => RequestDirection is { IsEnabled: false, RuntimeKey: null };

    public required CompressionLibrary Library { get; init; }

    public required CompressionDirection RequestDirection { get; init; }

    public required CompressionDirection ResponseDirection { get; init; }

    public bool DisableOnEtag { get; init; }

    public bool RemoveAcceptEncoding { get; init; }

    public bool ChooseFirst { get; init; }

    /// <summary>Strong entity tags become weak ones instead of going.</summary>
    public bool WeakensEtag { get; init; }

    public bool StatusHeaderEnabled { get; init; }

    public int[] UncompressibleCodes { get; init; } = [];

    /// <summary>Where the names of its statistics begin.</summary>
    public string Prefix => prefix;

    /// <summary>The coding of a request's response, which its route may change.</summary>
    public byte[] EncodingFor(HttpStream stream) =>
        ((stream.GetState(this) as State)?.Route?.Library ?? Library).Encoding;

    public override HttpFilterResult OnRequest(HttpStream stream)
    {
        var request = stream.Request;
        var route = Route.GetPerFilterConfig(stream.Info, Name) as CompressorRouteSettings;
        var state = new State(
            request.TryGet(AcceptEncoding, out var accepted) ? accepted.ToArray() : null, route);
        stream.SetState(this, state);
        if (route is not { IsDisabled: true } && ResponseDirection.IsOn()
            && (route?.RemoveAcceptEncoding ?? RemoveAcceptEncoding))
        {
            request.Remove(AcceptEncoding);
        }
        var direction = RequestDirection;
        if (!stream.RequestPassed && route is not { IsDisabled: true } && direction.IsOn()
            && direction.IsLongEnough(stream, request) && !stream.IsUpgrade && direction.IsTypeAllowed(request)
            && !request.Contains(ContentEncoding))
        {
            request.Remove(HeaderId.ContentLength);
            request.Set(ContentEncoding, Library.Encoding);
            direction.Scope.Add(stream.Worker.Index, direction.Compressed);
            stream.AddRequestStage(Transform(direction));
        }
        else
        {
            direction.Scope.Add(stream.Worker.Index, direction.NotCompressed);
        }
        return HttpFilterResult.Continue;
    }

    public override HttpFilterStatus OnResponse(HttpStream stream, bool endStream)
    {
        var (response, direction) = (stream.Response, ResponseDirection);
        var state = stream.GetState(this) as State;
        var isCandidate = state is not { Route.IsDisabled: true } && direction.IsOn()
            && direction.IsLongEnough(stream, response);
        var refusal = RefusalOf(stream, response);
        var isCompressible = isCandidate && refusal is null;
        if (StatusHeaderEnabled && !isCandidate && direction.IsOn() && state is not { Route.IsDisabled: true })
        {
            // Envoy looks at the length once more for the header, and counts it again.
            direction.Scope.Add(stream.Worker.Index, direction.LengthTooSmall);
        }
        var isAccepted = StatusHeaderEnabled
            ? isCompressible && !endStream && IsAccepted(stream, state)
            : !endStream && isCandidate && IsAccepted(stream, state) && isCompressible;
        if (isAccepted)
        {
            Compress(stream, response, state?.Route?.Library ?? Library);
        }
        else
        {
            direction.Scope.Add(stream.Worker.Index, direction.NotCompressed);
            if (StatusHeaderEnabled && !isCompressible && refusal is not "" && direction.IsOn() && state
                is not { Route.IsDisabled: true })
            {
                response.Add(StatusHeader, Encoding.ASCII.GetBytes(
                    $"{Encoding.ASCII.GetString(Library.Encoding)};{refusal ?? "ContentLengthTooSmall"}"));
            }
        }
        if (isCompressible)
        {
            AddVary(response);
        }
        return HttpFilterStatus.Continue;
    }

    private void Compress(HttpStream stream, HeaderMap response, CompressionLibrary library)
    {
        if (response.TryGet(Etag, out var etag) && etag.Length > 2 && !etag.StartsWith("W/"u8)
            && !etag.StartsWith("w/"u8))
        {
            byte[] weak = [.. "W/"u8, .. etag];
            response.Remove(Etag);
            if (WeakensEtag)
            {
                response.Add(Etag, weak);
            }
        }
        if (StatusHeaderEnabled)
        {
            var length = Encoding.ASCII.GetString(response.Get(HeaderId.ContentLength));
            response.Add(StatusHeader, Encoding.ASCII.GetBytes(
                $"{Encoding.ASCII.GetString(library.Encoding)};Compressed;OriginalLength={length}"));
        }
        response.Remove(HeaderId.ContentLength);
        response.Set(ContentEncoding, library.Encoding);
        ResponseDirection.Scope.Add(stream.Worker.Index, ResponseDirection.Compressed);
        stream.AddResponseStage(Transform(ResponseDirection, library));
    }

    private CodecTransform Transform(CompressionDirection direction, CompressionLibrary? library = null) => new(
        (library ?? Library).Create(), true, scope, direction.UncompressedBytes, direction.CompressedBytes);

    /// <summary>Why the response is left alone whoever asks; empty: for a reason without name; null: it is
    /// not.</summary>
    private string? RefusalOf(HttpStream stream, HeaderMap response)
    {
        if (!ResponseDirection.IsTypeAllowed(response))
        {
            return "ContentTypeNotAllowed";
        }
        if (DisableOnEtag && response.Contains(Etag))
        {
            scope.Add(stream.Worker.Index, _etag);
            return "EtagNotAllowed";
        }
        if (Array.IndexOf(UncompressibleCodes, stream.Info.ResponseCode) >= 0)
        {
            return "StatusCodeNotAllowed";
        }
        var isPlain = stream.Info.ResponseCode != 101 && !response.Contains(ContentEncoding)
            && !HasNoTransform(response);
        return isPlain ? null : "";
    }

    private bool IsAccepted(HttpStream stream, State? state)
    {
        if (state?.Accepted is not { } accepted)
        {
            scope.Add(stream.Worker.Index, _noHeader);
            return false;
        }
        var choice = ChoiceOf(stream, state, accepted);
        var isOwn = choice.Encoding.AsSpan().SequenceEqual(EncodingFor(stream));
        scope.Add(stream.Worker.Index, choice.Outcome switch
        {
            EncodingOutcome.NotValid => _notValid,
            EncodingOutcome.Identity => _identity,
            EncodingOutcome.Wildcard => _wildcard,
            _ => isOwn ? _used : _overshadowed,
        });
        return isOwn;
    }

    /// <summary>The first compressor that is reached decides for the others.</summary>
    private static EncodingChoice ChoiceOf(HttpStream stream, State state, byte[] accepted)
    {
        foreach (var filter in EncodingChoice.Considered(stream))
        {
            if (EncodingChoice.Inner(stream, filter) is { } other
                && stream.GetState(other) is State { Choice: { } made })
            {
                return made;
            }
        }
        return state.Choice = EncodingChoice.Make(stream, accepted);
    }

    internal static bool HasNoTransform(HeaderMap headers)
    {
        if (!headers.TryGet(CacheControl, out var control))
        {
            return false;
        }
        var text = Encoding.ASCII.GetString(control);
        return text.Split(',').Any(token => token.Trim().Equals("no-transform", StringComparison.OrdinalIgnoreCase));
    }

    private static void AddVary(HeaderMap response)
    {
        if (!response.TryGet(Vary, out var vary))
        {
            response.Add(Vary, "Accept-Encoding"u8);
        }
        else if (vary.IndexOf("Accept-Encoding"u8) < 0)
        {
            response.Set(Vary, Encoding.Latin1.GetBytes(
                string.Create(CultureInfo.InvariantCulture, $"{Encoding.Latin1.GetString(vary)}, Accept-Encoding")));
        }
    }

    private sealed class State(byte[]? accepted, CompressorRouteSettings? route)
    {
        public byte[]? Accepted { get; } = accepted;

        public CompressorRouteSettings? Route { get; } = route;

        public EncodingChoice? Choice { get; set; }
    }
}

/// <summary>Settings of a route. Source: <c>CompressorPerRoute</c>.</summary>
internal sealed record CompressorRouteSettings(bool IsDisabled, bool? RemoveAcceptEncoding,
    CompressionLibrary? Library);
