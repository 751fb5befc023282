using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Lateen.Net.Tests.Tls;

/// <summary>The key schedule of TLS 1.3 by our provider: against the published trace, and against libcrypto's own.
/// </summary>
public sealed unsafe partial class TlsKeyScheduleTests
{
    private const int Extract = 1;
    private const int Expand = 2;

    static TlsKeyScheduleTests()
    {
        // The provider is loaded before the first context.
        using var context = new TlsContext(new TlsContextOptions { IsServer = false, Clock = TimeProvider.System });
    }

    /// <summary>RFC 8448 section 3: the secrets of a handshake with SHA-256.</summary>
    [Fact]
    public void TlsKeySchedule_PublishedTrace_GivesItsSecrets()
    {
        var early = ExtractOne("", "");
        Assert.Equal("33ad0a1c607ec03b09e6cd9893680ce210adf300aa1f2660e1b22e10f170f92a", early);

        var handshake = ExtractOne(early, "8bd4054fb55b9d63fdfbacf9f04b9f0d35e6d63f537563efd46272900f89492d");
        Assert.Equal("1dc826e93606aa6fdc0aadc12f741b01046aa6b99f691ed221a9f0ca043fbeac", handshake);

        var master = ExtractOne(handshake, "");
        Assert.Equal("18df06843d13a08bf2a449844c5f8a478001bc4d4c627984d5a41da8d0402919", master);

        var hello = "860c06edc07858ee8e78f0e7428c58edd6b43f2ca3e6e95f02ed063cf0e1cad8";
        Assert.Equal(
            "b3eddb126e067f35a780b3abf45e2d8f3b1a950738f52e9600746a0e27a55a21",
            ExpandOne(handshake, "c hs traffic", hello, 32));
        Assert.Equal("5d313eb2671276ee13000b30", ExpandOne(
            "b67b7d690cc16c4e75e54213cb2d37b4e9c912bcded9105d42befd59d391ad38", "iv", "", 12));
    }

    /// <summary>A secret that the thread keeps gives what it gives alone, after others too; one that was forgotten is
    /// gone.</summary>
    [Fact]
    public void TlsKeySchedule_KeptSecret_GivesWhatItGivesAlone()
    {
        (int DigestBytes, byte Fill, string Label)[] asked =
            [(32, 1, "key"), (32, 1, "iv"), (48, 1, "iv"), (48, 2, "key"), (48, 2, "iv"), (32, 1, "iv"), (32, 2, "iv")];
        static string Ask((int DigestBytes, byte Fill, string Label) one)
        {
            var secret = new byte[one.DigestBytes];
            secret.AsSpan().Fill(one.Fill);
            var target = new byte[one.DigestBytes + 1];
            Assert.True(TlsKeySchedule.TryExpand(
                one.DigestBytes, secret, "tls13 "u8, Encoding.ASCII.GetBytes(one.Label), default, target));
            return Convert.ToHexStringLower(target);
        }

        var alone = asked.Select(Ask).ToList();
        TlsKeySchedule.Keep();
        var kept = asked.Select(Ask).ToList();
        TlsKeySchedule.Forget();

        Assert.Equal(alone, kept);
        Assert.Equal(asked.Length, alone.Distinct().Count() + 1);
        Assert.Equal(alone, asked.Select(Ask));
    }

    private static string ExtractOne(string before, string input)
    {
        var target = new byte[32];
        Assert.True(TlsKeySchedule.TryExtract(
            Convert.FromHexString(before), Convert.FromHexString(input), "tls13 "u8, "derived"u8, target));
        return Convert.ToHexStringLower(target);
    }

    private static string ExpandOne(string secret, string label, string context, int length)
    {
        var target = new byte[length];
        Assert.True(TlsKeySchedule.TryExpand(
            32, Convert.FromHexString(secret), "tls13 "u8, Encoding.ASCII.GetBytes(label),
            Convert.FromHexString(context), target));
        return Convert.ToHexStringLower(target);
    }

    /// <summary>Every combination of what libssl may give, with random contents.</summary>
    [Theory]
    [InlineData("SHA256", 32)]
    [InlineData("SHA2-384", 48)]
    public void Provider_AnyParameters_DerivesWhatTheLibraryDoes(string digest, int length)
    {
        foreach (var outputLength in (int[])[length, 12, 16, 1, length + 1, 500])
        {
            foreach (var contextLength in (int[])[-1, 0, 1, length, 255])
            {
                foreach (var labelLength in (int[])[1, 2, 12, 249])
                {
                    AssertSame(outputLength, ("mode", Expand), ("digest", digest), ("key", Random(length)),
                        ("prefix", "tls13 "u8.ToArray()), ("label", Random(labelLength)),
                        ("data", contextLength < 0 ? null : Random(contextLength)));
                }
            }
        }

        foreach (var key in (byte[]?[])[null, Random(1), Random(length), Random(64), Random(500)])
        {
            foreach (var salt in (byte[]?[])[null, Random(length)])
            {
                AssertSame(length, ("mode", Extract), ("digest", digest), ("key", key), ("salt", salt),
                    ("prefix", "tls13 "u8.ToArray()), ("label", "derived"u8.ToArray()));
                AssertSame(length, ("mode", "EXTRACT_ONLY"), ("digest", digest), ("key", key), ("salt", salt),
                    ("prefix", "tls13 "u8.ToArray()), ("label", "derived"u8.ToArray()));
            }
        }
    }

    [Theory]
    [InlineData(32, 3, "SHA256", 32, 6)]
    [InlineData(32, 2, "MD5", 32, 6)]
    [InlineData(32, 2, "SHA256", 31, 6)]
    [InlineData(32, 2, "SHA256", 0, 6)]
    [InlineData(32, 2, "SHA256", 32, 250)]
    [InlineData(31, 1, "SHA256", 32, 6)]
    [InlineData(48, 1, "SHA256", 32, 6)]
    [InlineData(32 * 255 + 1, 2, "SHA256", 32, 6)]
    public void Provider_ParametersOutsideTheProtocol_AreRefused(
        int outputLength, int mode, string digest, int keyLength, int labelLength) =>
        Assert.False(TryDerive("provider=lateen", outputLength, out _, ("mode", mode), ("digest", digest),
            ("key", Random(keyLength)), ("prefix", "tls13 "u8.ToArray()), ("label", Random(labelLength))));

    /// <summary>What one derivation is given must come with it: nothing is kept from a call before.</summary>
    [Fact]
    public void Provider_ParametersAhead_AreRefused()
    {
        var kdf = KdfFetch(0, "TLS13-KDF", "provider=lateen");
        var context = KdfNew(kdf);
        KdfFree(kdf);
        var key = Random(32);
        fixed (byte* k = key)
        {
            var name = Marshal.StringToCoTaskMemUTF8("key");
            var parameters = stackalloc Parameter[2];
            parameters[0] = new Parameter { Key = name, DataType = 5, Data = (nint)k, Size = 32 };
            parameters[1] = default;
            Assert.Equal(0, KdfSet(context, parameters));
            Marshal.FreeCoTaskMem(name);
        }

        KdfReset(context);
        KdfEnd(context);
    }

    /// <summary>The framework's TLS keeps the library's own.</summary>
    [Theory]
    [InlineData(null, "default")]
    [InlineData("?lateen.kdf=yes", "lateen")]
    public void Provider_IsTakenOnlyByWhoAsksForIt(string? query, string expected)
    {
        var kdf = KdfFetch(0, "TLS13-KDF", query);

        Assert.Equal(expected, Marshal.PtrToStringUTF8(ProviderName(KdfProvider(kdf))));
        KdfFree(kdf);
    }

    private static byte[] Random(int length) => RandomNumberGenerator.GetBytes(length);

    private static void AssertSame(int outputLength, params (string Name, object? Value)[] parameters)
    {
        Assert.True(TryDerive("provider=default", outputLength, out var expected, parameters));
        Assert.True(TryDerive("provider=lateen", outputLength, out var actual, parameters));
        Assert.Equal(expected, actual);
    }

    /// <summary>False when it is refused.</summary>
    private static bool TryDerive(
        string query, int outputLength, out byte[] output, params (string Name, object? Value)[] parameters)
    {
        var kdf = KdfFetch(0, "TLS13-KDF", query);
        Assert.NotEqual(0, kdf);
        var context = KdfNew(kdf);
        KdfFree(kdf);
        var natives = new List<nint>();
        nint Copy(byte[] bytes)
        {
            var copy = Marshal.AllocHGlobal(bytes.Length + 1);
            Marshal.Copy(bytes, 0, copy, bytes.Length);
            Marshal.WriteByte(copy, bytes.Length, 0);
            natives.Add(copy);
            return copy;
        }

        var list = new List<Parameter>();
        foreach (var (name, value) in parameters)
        {
            var (type, bytes) = value switch
            {
                int number => (1u, BitConverter.GetBytes(number)),
                string text => (4u, Encoding.ASCII.GetBytes(text)),
                byte[] data => (5u, data),
                _ => (0u, []),
            };
            if (type != 0)
            {
                list.Add(new Parameter
                {
                    Key = Copy(Encoding.ASCII.GetBytes(name)),
                    DataType = type,
                    Data = Copy(bytes),
                    Size = (nuint)bytes.Length,
                });
            }
        }

        list.Add(default);
        output = new byte[outputLength];
        bool done;
        fixed (Parameter* p = CollectionsMarshal.AsSpan(list))
        {
            fixed (byte* target = output)
            {
                done = KdfDerive(context, target, (nuint)outputLength, p) == 1;
            }
        }

        KdfEnd(context);
        natives.ForEach(Marshal.FreeHGlobal);
        return done;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Parameter
    {
        internal nint Key;
        internal uint DataType;
        internal nint Data;
        internal nuint Size;
        internal nuint ReturnSize;
    }

    private const string Library = "libcrypto.so.3";

    [LibraryImport(Library, EntryPoint = "EVP_KDF_fetch", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint KdfFetch(nint library, string name, string? query);

    [LibraryImport(Library, EntryPoint = "EVP_KDF_get0_provider")]
    private static partial nint KdfProvider(nint kdf);

    [LibraryImport(Library, EntryPoint = "OSSL_PROVIDER_get0_name")]
    private static partial nint ProviderName(nint provider);

    [LibraryImport(Library, EntryPoint = "EVP_KDF_CTX_new")]
    private static partial nint KdfNew(nint kdf);

    [LibraryImport(Library, EntryPoint = "EVP_KDF_free")]
    private static partial void KdfFree(nint kdf);

    [LibraryImport(Library, EntryPoint = "EVP_KDF_CTX_free")]
    private static partial void KdfEnd(nint context);

    [LibraryImport(Library, EntryPoint = "EVP_KDF_CTX_reset")]
    private static partial void KdfReset(nint context);

    [LibraryImport(Library, EntryPoint = "EVP_KDF_CTX_set_params")]
    private static partial int KdfSet(nint context, Parameter* parameters);

    [LibraryImport(Library, EntryPoint = "EVP_KDF_derive")]
    private static partial int KdfDerive(nint context, byte* target, nuint length, Parameter* parameters);
}
