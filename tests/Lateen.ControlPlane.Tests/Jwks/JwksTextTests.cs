using Lateen.ControlPlane.Jwks;

namespace Lateen.ControlPlane.Tests.Jwks;

public sealed class JwksTextTests
{
    [Theory]
    [InlineData("""{"keys":[]}""", true, false)]
    [InlineData("""{"keys":[1,{"kty":"oct","k":"c2Vj"}]}""", true, true)]
    [InlineData("""{"keys":[{"kty":"oct"},{"kty":"new","k":"c2Vj"}]}""", true, false)]
    [InlineData("""{"keys":[{"kty":"EC","crv":"P-256","x":"eA","y":"eQ"}]}""", true, true)]
    [InlineData("""{"keys":[{"kty":"EC","crv":"P-192","x":"eA","y":"eQ"}]}""", true, false)]
    [InlineData("""{"keys":{}}""", false, false)]
    [InlineData("""[]""", false, false)]
    [InlineData("""{"keys":[]""", false, false)]
    public void KeySet_Read_TellsFormAndUse(string text, bool isKeySet, bool holdsKey)
    {
        Assert.Equal(isKeySet, JwksText.IsKeySet(text));
        Assert.Equal(holdsKey, JwksText.HoldsKey(text));
    }

    [Theory]
    [InlineData(
        """{"keys":[{"kid":"a","k":"x"},{"kid":"b"}]}""", """{"keys": [{"kid":"b"},{"k":"x","kid":"a"}]}""", true)]
    [InlineData("""{"keys":[{"kid":"a","k":"x"}]}""", """{"keys":[{"kid":"a","k":"y"}]}""", false)]
    [InlineData("""{"keys":[{"kid":"a"}]}""", """{"keys":[{"kid":"a"},{"kid":"b"}]}""", false)]
    public void KeySets_Compared_AreSameByKeysInAnyOrder(string text, string other, bool expected)
    {
        Assert.Equal(expected, JwksText.HoldsSame(text, other));
    }
}
