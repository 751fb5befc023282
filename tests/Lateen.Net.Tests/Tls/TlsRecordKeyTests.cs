using System.Runtime.CompilerServices;

namespace Lateen.Net.Tests.Tls;

/// <summary>No nonce twice under one key, whatever fails.</summary>
public sealed class TlsRecordKeyTests
{
    private const byte Data = 23;

    [Fact]
    public void Key_WhoseUpdateFailed_SealsNothingMore()
    {
        var suite = NewSuite("AES-128-GCM\0"u8, 16, 32);
        using var key = TlsRecordKey.TryMake(suite, new byte[32], true, 0)!;
        var first = new byte[1 + TlsRecordKey.OverheadBytes];
        Assert.True(key.TrySeal(first, Data));

        SecretBytes(suite) = 0;

        Assert.False(key.TryUpdate());
        Assert.False(key.TrySeal(new byte[1 + TlsRecordKey.OverheadBytes], Data));
    }

    [Fact]
    public void Key_OfEachRecord_SealsTheSamePlainTextDifferently()
    {
        var suite = TlsRecordSuite.Find("TLS_AES_256_GCM_SHA384"u8)!;
        using var key = TlsRecordKey.TryMake(suite, new byte[48], true, 0)!;
        var seen = new HashSet<string>();
        for (var i = 0; i < 300; i++)
        {
            var record = new byte[8 + TlsRecordKey.OverheadBytes];
            Assert.True(key.TrySeal(record, Data));
            Assert.True(seen.Add(Convert.ToHexString(record)));
            if (i % 100 == 99)
            {
                Assert.True(key.TryUpdate());
            }
        }
    }

    [UnsafeAccessor(UnsafeAccessorKind.Constructor)]
    private static extern TlsRecordSuite NewSuite(ReadOnlySpan<byte> cipher, int keyBytes, int secretBytes);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "<SecretBytes>k__BackingField")]
    private static extern ref int SecretBytes(TlsRecordSuite suite);
}
