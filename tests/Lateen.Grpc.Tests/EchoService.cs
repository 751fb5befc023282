using Google.Protobuf.WellKnownTypes;
using Lateen.Grpc.Server;

namespace Lateen.Grpc.Tests;

/// <summary>One method of each shape and of each way to fail, on StringValue and Int32Value messages.</summary>
internal static class EchoService
{
    internal const string Name = "lateen.test.Echo";

    internal static readonly GrpcMethod<StringValue, StringValue> Unary = Text("Unary");
    internal static readonly GrpcMethod<StringValue, StringValue> Fail = Text("Fail");
    internal static readonly GrpcMethod<StringValue, StringValue> Hang = Text("Hang");
    internal static readonly GrpcMethod<StringValue, StringValue> Throw = Text("Throw");
    internal static readonly GrpcMethod<StringValue, StringValue> Duplex = Text("Duplex");
    internal static readonly GrpcMethod<StringValue, StringValue> FailMidway = Text("FailMidway");
    internal static readonly GrpcMethod<StringValue, StringValue> Missing = Text("Missing");

    internal static readonly GrpcMethod<Int32Value, Int32Value> Count =
        GrpcMethod.Protobuf(Name, "Count", Int32Value.Parser, Int32Value.Parser);

    internal static readonly GrpcMethod<Int32Value, Int32Value> Sum =
        GrpcMethod.Protobuf(Name, "Sum", Int32Value.Parser, Int32Value.Parser);

    internal static GrpcServices Build(HangProbe? probe = null)
    {
        var services = new GrpcServices();
        services.AddUnary(Unary, (request, call) =>
        {
            if (call.RequestHeaders.Get("x-echo") is { } text)
            {
                call.ResponseHeaders.Add("x-echo", text);
                call.ResponseTrailers.Add("x-echo-bin", call.RequestHeaders.GetBinary("x-bytes-bin") ?? []);
            }

            return Task.FromResult(new StringValue { Value = request.Value });
        });
        services.AddUnary(Fail, (request, _) => throw new GrpcException(
            new GrpcStatus(GrpcStatusCode.NotFound, request.Value, [1, 2, 3]), Why()));
        services.AddUnary(Throw, (_, _) => throw new InvalidOperationException("a secret"));
        services.AddUnary(Hang, async (_, call) =>
        {
            await using var registration = call.Cancellation.Register(() => probe?.Cancelled.TrySetResult());
            probe?.Started.TrySetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, call.Cancellation);
            return new StringValue();
        });
        services.AddServerStreaming(Count, async (request, stream) =>
        {
            for (var i = 0; i < request.Value; i++)
            {
                await stream.WriteAsync(new Int32Value { Value = i });
            }
        });
        services.AddClientStreaming(Sum, async stream =>
        {
            var sum = 0;
            await foreach (var message in stream.ReadAllAsync())
            {
                sum += message.Value;
            }

            return new Int32Value { Value = sum };
        });
        services.AddDuplex(Duplex, async stream =>
        {
            await stream.WriteAsync(new StringValue { Value = "hello" });
            await foreach (var message in stream.ReadAllAsync())
            {
                await stream.WriteAsync(message);
            }
        });
        services.AddServerStreaming(FailMidway, async (request, stream) =>
        {
            await stream.WriteAsync(request);
            throw new GrpcException(GrpcStatusCode.Aborted, "half-way: äöü 100%");
        });
        return services;
    }

    private static GrpcMetadata Why()
    {
        var metadata = new GrpcMetadata();
        metadata.Add("x-why", "because");
        return metadata;
    }

    private static GrpcMethod<StringValue, StringValue> Text(string method) =>
        GrpcMethod.Protobuf(Name, method, StringValue.Parser, StringValue.Parser);
}
