using Lateen.Net.Native;

namespace Lateen.Net;

/// <summary>An OCSP answer that servers send along with their certificate.</summary>
/// <param name="Der">Its bytes.</param>
/// <param name="NextUpdate">Until when it is good, seconds since the Unix epoch; <see cref="long.MaxValue"/>: no
/// end.</param>
internal sealed unsafe record TlsOcspStaple(byte[] Der, long NextUpdate)
{
    /// <exception cref="TlsConfigurationException">It is no good answer about that certificate.</exception>
    internal static TlsOcspStaple Read(byte[] der, nint certificate)
    {
        fixed (byte* p = der)
        {
            var cursor = p;
            var response = LibCrypto.ReadOcspResponse(0, &cursor, der.Length);
            if (response == 0 || cursor != p + der.Length)
            {
                LibCrypto.FreeOcspResponse(response);
                throw new TlsConfigurationException("Failed to parse OCSP response");
            }

            var status = LibCrypto.OcspStatus(response);
            var basic = status == 0 ? LibCrypto.OcspBasic(response) : 0;
            LibCrypto.FreeOcspResponse(response);
            if (status != 0)
            {
                throw new TlsConfigurationException("OCSP response was unsuccessful");
            }

            try
            {
                return new TlsOcspStaple(der, NextUpdateOf(basic, certificate));
            }
            finally
            {
                LibCrypto.FreeOcspBasic(basic);
                LibCrypto.ClearErrors();
            }
        }
    }

    private static long NextUpdateOf(nint basic, nint certificate)
    {
        if (basic == 0)
        {
            throw new TlsConfigurationException("OCSP response has no body");
        }

        if (LibCrypto.OcspCount(basic) != 1)
        {
            throw new TlsConfigurationException("OCSP Response must be for one certificate only");
        }

        var single = LibCrypto.OcspSingle(basic, 0);
        nint serial = 0;
        LibCrypto.OcspIdInfo(null, null, null, &serial, LibCrypto.OcspId(single));
        if (serial == 0 || LibCrypto.CompareIntegers(serial, LibCrypto.GetSerial(certificate)) != 0)
        {
            throw new TlsConfigurationException("OCSP response does not match its TLS certificate");
        }

        nint nextUpdate = 0;
        LibCrypto.OcspTimes(single, null, null, null, &nextUpdate);
        return nextUpdate == 0 ? long.MaxValue : TlsCertificateInfo.ReadTime(nextUpdate);
    }
}
