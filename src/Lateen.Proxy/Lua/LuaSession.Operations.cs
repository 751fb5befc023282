using System.Globalization;
using System.Text;
using Google.Protobuf.WellKnownTypes;
using Lateen.Http;
using Lateen.Net.Scripting;
using Lateen.Proxy.Runtime;
using Lateen.Proxy.Streams;

namespace Lateen.Proxy.Lua;

/// <content>What scripts ask.</content>
internal sealed partial class LuaSession
{
    private const string OutOfScope = "object used outside of proper scope";

    object?[] ILuaHost.Call(string operation, object?[] arguments)
    {
        if (arguments.Length == 0 || arguments[0] is not double id || id != _id)
        {
            return [new LuaError(OutOfScope)];
        }
        var values = arguments.AsSpan(1);
        if (operation.StartsWith("headers.", StringComparison.Ordinal))
        {
            return Headers(operation, HeadersOf(Text(values, 0)), values[1..]);
        }
        switch (operation)
        {
            case "call":
                return Call(arguments);
            case "respond":
                return Respond(values);
            case "log":
                return Log(Text(values, 0), Text(values, 1));
            case "metadata":
                return [LuaValues.FromStruct(
                    Of(stream.Info.Route?.Metadata, filter.Name)
                        ?? Of(stream.Info.Route?.Metadata, "envoy.filters.http.lua"))];
            case "context":
                return [LuaValues.FromStruct(filter.ContextOf(stream.Info))];
            case "dynamic.get":
                return [LuaValues.FromMetadata(stream.Info, Text(values, 0))];
            case "dynamic.set":
                stream.Info.SetMetadata(
                    Text(values, 0), Text(values, 1),
                    MetadataValues.Unwrap(LuaValues.ToValue(values.Length > 2 ? values[2] : null))!);
                return [];
            case "dynamic.all":
                return [LuaValues.FromAllMetadata(stream.Info)];
            case "state.get":
                return [LuaValues.FromState(stream.Info.GetFilterState(Text(values, 0)))];
            case "info":
                return [LuaValues.Info(stream.Info, Text(values, 0))];
            case "ssl.present":
                return [stream.Info.Connection.Tls is not null];
            case "ssl":
                return [LuaValues.Tls(stream.Info.Connection.Tls!, Text(values, 0))];
            case "base64":
                return [Convert.ToBase64String(Bytes(values, 0))];
            case "timestamp":
                return Timestamp(values[0]);
            case "override":
                return Override(values);
            case "clear":
                _routeCleared = true;
                return [];
            default:
                return OfBody(operation, values);
        }
    }

    private object?[] OfBody(string operation, ReadOnlySpan<object?> values) => operation switch
    {
        "body" => WholeBody(),
        "body.set" => SetBody(Bytes(values, 0)),
        "pieces" => Pieces(),
        "piece" => Piece(),
        "piece.set" => SetPiece(Bytes(values, 0)),
        "trailers" => AwaitTrailers(),
        _ => [],
    };

    private object?[] Headers(string operation, HeaderMap headers, Span<object?> values)
    {
        if (operation == "headers.all")
        {
            var all = new List<object?>();
            for (var i = 0; i < headers.Count; i++)
            {
                all.Add(headers.GetName(i).ToArray());
                all.Add(headers.GetValue(i).ToArray());
            }
            return [all];
        }
        var name = HeaderName.Create(Text(values, 0));
        switch (operation)
        {
            case "headers.get":
                return [Joined(headers, name)];
            case "headers.at":
                return [At(headers, name, values.Length > 1 && values[1] is double index ? (int)index : -1)];
            case "headers.count":
                return [Count(headers, name)];
        }
        var isTrailers = headers == stream.RequestTrailers || headers == stream.ResponseTrailers;
        if (!isTrailers && (HasPassed || (isResponse ? stream.ResponseStarted : stream.IsEncoding)))
        {
            return [new LuaError("header map can no longer be modified")];
        }
        _routeCleared |= !isResponse && !isTrailers && filter.ClearsRoute;
        switch (operation)
        {
            case "headers.add":
                headers.Add(name, Bytes(values, 1));
                break;
            case "headers.replace":
                headers.Set(name, Bytes(values, 1));
                break;
            case "headers.remove":
                headers.Remove(name);
                break;
        }
        return [];
    }

    private object?[] Call(object?[] arguments)
    {
        var cluster = stream.Worker.Clusters.Find(Bytes(arguments, 1))?.Current;
        if (cluster is null)
        {
            return [new LuaError("http call cluster invalid. Must be configured")];
        }
        var headers = new HeaderMap();
        LuaValues.Fill(headers, arguments.Length > 2 ? arguments[2] : null);
        if (!headers.Contains(HeaderId.Path) || !headers.Contains(HeaderId.Method)
            || !headers.Contains(HeaderId.Authority))
        {
            return [new LuaError("http call headers must include ':path', ':method', and ':authority'")];
        }
        var given = arguments.Length > 3 ? arguments[3] as byte[] : null;
        var body = given ?? [];
        if (given is not null)
        {
            headers.Set(HeaderId.ContentLength, Encoding.ASCII.GetBytes($"{body.Length}"));
        }
        headers.Set(HeaderId.Scheme, "http"u8);
        // The fifth argument is the time limit, with a sixth, or a table of options.
        var options = arguments.Length > 4 ? arguments[4] as IReadOnlyDictionary<string, object?> : null;
        var limit = options is null ? arguments.ElementAtOrDefault(4) : options.GetValueOrDefault("timeout_ms");
        var timeout = limit is double millis ? (long)(millis * 1_000_000) : 0;
        var isAsync = options is null
            ? arguments.ElementAtOrDefault(5) is true
            : options.GetValueOrDefault("asynchronous") is true;
        var keepsDuplicates = options?.GetValueOrDefault("return_duplicate_headers") is true;
        var call = HttpCall.Start(
            stream.Worker, cluster, target => LuaValues.Copy(headers, target), body, timeout,
            (done, outcome) =>
            {
                if (!isAsync)
                {
                    _call = null;
                    OnCallDone(LuaValues.Answer(done, outcome, keepsDuplicates));
                }
            },
            tellsMachine: options?.GetValueOrDefault("send_xff") is not false,
            trace: new HttpCallTrace(stream, IsSampled: options?.GetValueOrDefault("trace_sampled") is not false));
        if (isAsync)
        {
            return [];
        }
        _call = _early is null ? call : null;
        Wait = LuaWait.Call;
        return LuaMachine.Waits;
    }

    private object?[] Respond(Span<object?> values)
    {
        if (HasPassed)
        {
            return [new LuaError("respond() cannot be called if headers have been continued")];
        }
        if (isResponse)
        {
            return [new LuaError("respond not currently supported in the response path")];
        }
        var headers = new HeaderMap();
        LuaValues.Fill(headers, values.Length > 0 ? values[0] : null);
        if (!System.Buffers.Text.Utf8Parser.TryParse(headers.Get(HeaderId.Status), out int status, out _)
            || status is < 200 or >= 600)
        {
            return [new LuaError(":status must be between 200-599")];
        }
        headers.Remove(HeaderId.Status);
        LuaValues.Copy(headers, stream.LocalReplyHeaders);
        _answer = (status, Bytes(values, 1));
        return [];
    }

    private object?[] Override(Span<object?> values)
    {
        if (!Addresses.Address.TryParse(Bytes(values, 0), out var address))
        {
            return [new LuaError("host is not a valid IP address")];
        }
        stream.OverrideHost(address, values.Length > 1 && values[1] is true);
        return [];
    }

    private object?[] Timestamp(object? resolution)
    {
        var nanos = stream.Worker.Loop.UnixNanos;
        var isMicro = resolution is byte[] text && text.AsSpan().SequenceEqual("us"u8);
        var value = isMicro ? nanos / 1000 : nanos / 1_000_000;
        var isText = resolution is byte[];
        return [isText ? value.ToString(CultureInfo.InvariantCulture) : (object)value];
    }

    private static Struct? Of(IReadOnlyDictionary<string, Struct>? metadata, string name) =>
        metadata is not null && metadata.TryGetValue(name, out var found) ? found : null;

    private static byte[]? Joined(HeaderMap headers, HeaderName name)
    {
        byte[]? result = null;
        for (var i = 0; i < headers.Count; i++)
        {
            if (name.Bytes.SequenceEqual(headers.GetName(i)))
            {
                result = result is null ? headers.GetValue(i)
                    .ToArray() : [.. result, (byte)',', .. headers.GetValue(i)];
            }
        }
        return result;
    }

    private static byte[]? At(HeaderMap headers, HeaderName name, int index)
    {
        for (var i = 0; i < headers.Count; i++)
        {
            if (name.Bytes.SequenceEqual(headers.GetName(i)) && index-- == 0)
            {
                return headers.GetValue(i).ToArray();
            }
        }
        return null;
    }

    private static int Count(HeaderMap headers, HeaderName name)
    {
        var count = 0;
        for (var i = 0; i < headers.Count; i++)
        {
            count += name.Bytes.SequenceEqual(headers.GetName(i)) ? 1 : 0;
        }
        return count;
    }

    private static string Text(ReadOnlySpan<object?> values, int index) =>
        Encoding.UTF8.GetString(Bytes(values, index));

    private static byte[] Bytes(ReadOnlySpan<object?> values, int index) => LuaValues.Bytes(
        index < values.Length ? values[index] : null);
}
