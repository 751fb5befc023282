namespace Lateen.Net.Tests.Buffers;

public sealed class BufferChainTests
{
    [Fact]
    public void Chain_RandomOperations_BehavesAsAQueueOfBytes()
    {
        var random = new Random(12);
        using var pool = new BufferPool();
        var chain = new BufferChain(pool);
        var other = new BufferChain(pool);
        var model = new List<byte>();
        var otherModel = new List<byte>();
        for (var i = 0; i < 4000; i++)
        {
            switch (random.Next(6))
            {
                case 0:
                    var bytes = new byte[random.Next(1, random.Next(2) == 0 ? 100 : 40_000)];
                    random.NextBytes(bytes);
                    chain.Append(bytes);
                    model.AddRange(bytes);
                    break;
                case 1:
                    var n = random.Next(model.Count + 1);
                    chain.Consume(n);
                    model.RemoveRange(0, n);
                    break;
                case 2:
                    n = random.Next(model.Count + 1);
                    chain.MoveTo(other, n);
                    otherModel.AddRange(model[..n]);
                    model.RemoveRange(0, n);
                    break;
                case 3:
                    n = random.Next(1, 50_000);
                    var span = chain.Coalesce(n);
                    Assert.True(span.Length >= Math.Min(n, model.Count));
                    Assert.True(span.SequenceEqual(model.ToArray().AsSpan(0, span.Length)));
                    break;
                case 4:
                    chain.GetSpace(random.Next(1, 3000));
                    chain.Trim();
                    break;
                case 5:
                    (chain, other) = (other, chain);
                    (model, otherModel) = (otherModel, model);
                    break;
            }

            Check(chain, model);
            if (model.Count > 300_000)
            {
                chain.Clear();
                model.Clear();
            }
        }

        chain.Clear();
        other.Clear();
        Assert.Equal(0, pool.RentedCount);
    }

    [Fact]
    public void Pool_WhenWarm_AllocatesNothing()
    {
        using var pool = new BufferPool();
        var chain = new BufferChain(pool);
        chain.Append(new byte[40_000]);
        chain.Clear();
        var data = new byte[40_000];
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            chain.Append(data);
            chain.Consume(data.Length);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static void Check(BufferChain chain, List<byte> model)
    {
        Assert.Equal(model.Count, chain.Length);
        var copy = new byte[model.Count];
        Assert.Equal(model.Count, chain.CopyTo(copy));
        Assert.True(copy.AsSpan().SequenceEqual(model.ToArray()));
        Assert.Equal(model.Count == 0, chain.First.IsEmpty);
    }
}
