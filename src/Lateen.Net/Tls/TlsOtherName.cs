using System.Globalization;
using System.Text;
using Lateen.Net.Native;

namespace Lateen.Net;

/// <summary>Reads <c>otherName</c> of a certificate: an object identifier and a value of any type.</summary>
internal static unsafe class TlsOtherName
{
    private const int TypeBoolean = 1;
    private const int TypeInteger = 2;
    private const int TypeObject = 6;

    internal static bool TryRead(nint name, out TlsSubjectAltName result)
    {
        nint identifier;
        nint value;
        result = default;
        if (LibCrypto.GeneralNameOtherValue(name, &identifier, &value) != 1 || identifier == 0 || value == 0)
        {
            return false;
        }

        result = new TlsSubjectAltName(TlsNameKind.Other, TextOf(value)) { ObjectId = Dotted(identifier) };
        return true;
    }

    /// <summary>ASN1_TYPE is its type's number and a pointer to the value, or the truth value itself.</summary>
    private static byte[] TextOf(nint value)
    {
        var type = *(int*)value;
        var inner = *(nint*)(value + 8);
        switch (type)
        {
            case TypeBoolean:
                return *(int*)(value + 8) != 0 ? [.. "true"u8] : [.. "false"u8];
            case TypeObject:
                return Encoding.ASCII.GetBytes(Dotted(inner));
            case TypeInteger:
                var number = new System.Numerics.BigInteger(Content(inner), isUnsigned: true, isBigEndian: true);
                return Encoding.ASCII.GetBytes(number.ToString(CultureInfo.InvariantCulture));
            default:
                return inner == 0 ? [] : Content(inner).ToArray();
        }
    }

    private static ReadOnlySpan<byte> Content(nint text) =>
        new(LibCrypto.StringData(text), LibCrypto.StringLength(text));

    private static string Dotted(nint identifier)
    {
        const int TextBytesMax = 128;
        var text = stackalloc byte[TextBytesMax];
        var length = LibCrypto.ObjectText(text, TextBytesMax, identifier, 1);
        return Encoding.ASCII.GetString(text, Math.Clamp(length, 0, TextBytesMax - 1));
    }
}
