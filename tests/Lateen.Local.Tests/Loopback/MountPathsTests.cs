using Lateen.Local.Loopback;

namespace Lateen.Local.Tests.Loopback;

public sealed class MountPathsTests
{
    private static readonly (string, string)[] _mounts =
        [("/run/echo", "/s/a"), ("/run/echo/sub", "/s/b"), ("/etc/x", "/s/c")];

    [Theory]
    [InlineData("/run/echo/echo.py", "/s/a/echo.py")]
    [InlineData("/run/echo", "/s/a")]
    [InlineData("/run/echo/sub/f", "/s/b/f")]
    [InlineData("--file=/etc/x/y", "--file=/s/c/y")]
    [InlineData("/etc/x:/run/echo", "/s/c:/s/a")]
    [InlineData("/run/echoes/f", "/run/echoes/f")]
    [InlineData("/other/etc/x", "/other/etc/x")]
    [InlineData("http://host/run", "http://host/run")]
    [InlineData("", "")]
    public void Replace_Path_OnlyWholePartsAtAWordsBeginCount(string text, string expected)
    {
        Assert.Equal(expected, MountPaths.Replace(text, _mounts));
    }
}
