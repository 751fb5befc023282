using Lateen.Proxy.RateLimits;

namespace Lateen.Proxy.Tests.RateLimits;

public sealed class LocalRateLimiterTests
{
    private const long Second = 1_000_000_000;

    [Fact]
    public void TokenBucket_Empty_FillsEvenly()
    {
        var bucket = new TokenBucket(2, 2, 10 * Second);

        Assert.True(bucket.TryTake(100 * Second));
        Assert.True(bucket.TryTake(100 * Second));
        Assert.False(bucket.TryTake(100 * Second));
        Assert.Equal(5, bucket.SecondsToNext(100 * Second));
        Assert.False(bucket.TryTake(104 * Second));
        Assert.True(bucket.TryTake(105 * Second));
    }

    [Fact]
    public void TokenBucket_LongIdle_HoldsNoMoreThanItsMaximum()
    {
        var bucket = new TokenBucket(3, 1, Second);

        Assert.Equal(3, bucket.Remaining(1_000_000 * Second));
        for (var i = 0; i < 3; i++)
        {
            Assert.True(bucket.TryTake(1_000_000 * Second));
        }
        Assert.False(bucket.TryTake(1_000_000 * Second));
    }

    [Fact]
    public void TryTake_DescriptorRefused_LeavesTheDefaultBucket()
    {
        var standard = new TokenBucket(2, 1, 60 * Second);
        var limiter = new LocalRateLimiter(
            standard, [Descriptor("bob")], true);
        List<RateLimitDescription> bob = [Of("bob")];

        Assert.True(limiter.TryTake(bob, 1, Second, out _, out _));
        Assert.False(limiter.TryTake(bob, 1, Second, out _, out _));
        Assert.Equal(1, standard.Remaining(Second));
    }

    [Fact]
    public void TryTake_EntryWithoutValue_HasABucketForEachValue()
    {
        var limiter = new LocalRateLimiter(
            null, [Descriptor("")], true);

        Assert.True(limiter.TryTake([Of("eve")], 1, Second, out _, out _));
        Assert.True(limiter.TryTake([Of("bob")], 1, Second, out _, out _));
        Assert.False(limiter.TryTake([Of("eve")], 1, Second, out _, out _));
        Assert.True(limiter.TryTake(
            [new([new RateLimitEntry("other", "bob")], null)], 1, Second, out var decider, out _));
        Assert.Null(decider);
    }

    [Fact]
    public void TryTake_MoreValuesThanKept_ForgetsTheOldest()
    {
        var limiter = new LocalRateLimiter(null, [Descriptor("", dynamicMax: 2)], true);

        foreach (var user in new[] { "a", "b", "c", "a" })
        {
            Assert.True(limiter.TryTake([Of(user)], 1, Second, out _, out _));
        }
    }

    [Fact]
    public void TryTake_ShadowDescriptor_SaysSo()
    {
        var limiter = new LocalRateLimiter(null, [Descriptor("bob", isShadow: true)], true);
        List<RateLimitDescription> bob = [Of("bob")];

        Assert.True(limiter.TryTake(bob, 1, Second, out _, out _));
        Assert.False(limiter.TryTake(bob, 1, Second, out _, out var isShadow));
        Assert.True(isShadow);
    }

    [Fact]
    public void TryTake_ShadowDescriptorEmpty_DefaultBucketStillDecides()
    {
        var limiter = new LocalRateLimiter(
            new TokenBucket(2, 1, 60 * Second), [Descriptor("bob", isShadow: true)], true);

        Assert.True(limiter.TryTake([Of("bob")], 1, Second, out _, out _));
        Assert.False(limiter.TryTake([Of("bob")], 1, Second, out _, out var second));
        Assert.False(limiter.TryTake([Of("bob")], 1, Second, out _, out var third));
        Assert.True(second);
        Assert.False(third);
    }

    [Fact]
    public void TryTake_Hits_TakesAllOrNothing()
    {
        var limiter = new LocalRateLimiter(
            null, [new LocalRateLimitDescriptor([new("user", "bob")], new TokenBucket(5, 1, Second), false, 20)], true);

        Assert.False(limiter.TryTake([Of("bob", 6)], 1, Second, out _, out _));
        Assert.False(limiter.TryTake([Of("bob", 0)], 1, Second, out _, out _));
        Assert.True(limiter.TryTake([Of("bob", 2)], 2, Second, out var bucket, out _));
        Assert.Equal(1, bucket!.Remaining(Second));
    }

    [Fact]
    public void TryTake_TwoDescriptors_SlowestBucketIsTold()
    {
        var slow = new TokenBucket(9, 1, 60 * Second);
        var limiter = new LocalRateLimiter(null,
        [
            new LocalRateLimitDescriptor([new("user", "bob")], new TokenBucket(2, 10, 60 * Second), false, 20),
            new LocalRateLimitDescriptor([new("user", "eve")], slow, false, 20),
        ], true);

        Assert.True(limiter.TryTake([Of("bob"), Of("eve")], 1, Second, out var decider, out _));
        Assert.Same(slow, decider);
    }

    private static RateLimitDescription Of(string user, ulong? hits = null) =>
        new([new RateLimitEntry("user", user)], hits);

    private static LocalRateLimitDescriptor Descriptor(string user, bool isShadow = false, int dynamicMax = 20) =>
        new([new RateLimitEntry("user", user)], new TokenBucket(1, 1, 60 * Second), isShadow, dynamicMax);
}
