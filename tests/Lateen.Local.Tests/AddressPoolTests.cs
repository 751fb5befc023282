using Lateen.Local.Network;

namespace Lateen.Local.Tests;

public sealed class AddressPoolTests
{
    [Fact]
    public void Take_SameName_IsStableAcrossPools()
    {
        Assert.Equal(new AddressPool(2, 60000).Take("default/web"), new AddressPool(2, 60000).Take("default/web"));
    }

    [Fact]
    public void Take_UntilFull_AllDifferentThenRefused()
    {
        var pool = new AddressPool(1, 5);
        var taken = Enumerable.Range(0, 5).Select(i => pool.Take($"n{i}")).ToHashSet();

        Assert.Equal(5, taken.Count);
        Assert.Throws<LocalException>(() => pool.Take("one more"));
        pool.Release("n3");
        Assert.Contains(pool.Take("one more"), taken);
    }
}
