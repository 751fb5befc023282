using System.Globalization;
using Lateen.Http.Http2;
using Lateen.Net;

namespace Lateen.Simulation.Tests.DataPath;

/// <summary>One connection to a simulated HTTP/2 upstream.</summary>
internal sealed class Http2Upstream : Http2Actor
{
    private readonly string _cluster;

    public Http2Upstream(World world, Connection connection, string cluster)
        : base(world, world.UpstreamLoop, true)
    {
        _cluster = cluster;
        Connection = connection;
        connection.SetCallbacks(this);
        Session.Start();
        connection.Send();
    }

    public override void OnEndOfStream(Connection connection) => connection.Close(CloseType.FlushWrite);

    protected override void OnOver(CloseReason reason)
    {
    }

    protected override void OnHeaders(Http2Stream stream)
    {
        var id = int.Parse(Text(stream.Headers!, "x-id"), CultureInfo.InvariantCulture);
        var exchange = World.Find(id);
        World.Check(exchange.Clusters.Contains(_cluster, StringComparison.Ordinal)
            ? null : $"request {id} for {exchange.Clusters} came to cluster {_cluster}");
        var request = new Request(exchange, UpstreamPlan.Make(World));
        stream.Owner = request;
        if (request.Plan.BreaksFirst)
        {
            After(3, () => Fail(stream));
        }
        else if (request.Plan.IsEarly)
        {
            After(request.Plan.DelayMillis, () => Answer(stream, request));
        }
    }

    protected override void OnBody(Http2Stream stream, byte[] bytes)
    {
        if (stream.Owner is not Request request)
        {
            return;
        }

        foreach (var b in bytes)
        {
            if (b != Exchange.RequestByte(request.Exchange.Id, request.Received++))
            {
                World.Check($"request {request.Exchange.Id}: byte {request.Received - 1} of it is another's");
                return;
            }
        }
    }

    protected override void OnEnd(Http2Stream stream)
    {
        if (stream.Owner is not Request request)
        {
            return;
        }

        World.Check(request.Received == request.Exchange.RequestBytes ? null
            : $"request {request.Exchange.Id} came whole with {request.Received} bytes");
        if (!request.Plan.BreaksFirst && !request.Plan.IsEarly)
        {
            After(request.Plan.DelayMillis, () => Answer(stream, request));
        }
    }

    protected override void OnReset(Http2Stream stream)
    {
    }

    protected override void OnGoAway()
    {
    }

    private void Answer(Http2Stream stream, Request request)
    {
        if (stream.IsClosed || !ReferenceEquals(stream.Owner, request))
        {
            return;
        }

        var plan = request.Plan;
        var bytes = request.Exchange.IsHead ? 0 : plan.Bytes;
        if (plan.ClosesAfter && !IsGoingAway)
        {
            IsGoingAway = true;
            Session.WriteGoAway(Session.LastPeerStreamId, Http2ErrorCode.NoError);
        }

        WriteHeaders(stream, bytes == 0 && !plan.HasTrailers, $":status: {plan.Status}",
            $"x-answer: {request.Exchange.Id}", $"x-cluster: {_cluster}", $"x-bytes: {plan.Bytes}");
        if (plan.Stalls)
        {
            return;
        }

        var cut = plan.BreaksWithin && bytes > 0 ? Random.Next(bytes) : bytes;
        if (bytes > 0)
        {
            SendBody(stream, World.ResponseBytes(request.Exchange.Id, 0, cut), () => Finish(stream, plan, cut < bytes));
        }
        else if (plan.HasTrailers)
        {
            WriteHeaders(stream, true, "x-end: 1");
        }
    }

    private void Finish(Http2Stream stream, UpstreamPlan plan, bool isCut)
    {
        if (isCut)
        {
            Fail(stream);
        }
        else if (plan.HasTrailers)
        {
            WriteHeaders(stream, true, "x-end: 1");
        }
        else
        {
            Session.WriteDataHeader(stream, 0, true);
            Connection!.Send();
        }
    }

    private void Fail(Http2Stream stream)
    {
        if (Chance(150))
        {
            Break();
            return;
        }

        Reset(stream, Chance(300) ? Http2ErrorCode.RefusedStream : Http2ErrorCode.InternalError);
    }

    private sealed class Request(Exchange exchange, UpstreamPlan plan)
    {
        public Exchange Exchange { get; } = exchange;

        public UpstreamPlan Plan { get; } = plan;

        public int Received { get; set; }
    }
}
