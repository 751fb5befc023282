namespace Lateen.Net;

/// <summary>A suite of TLS 1.2 or below that Envoy's library knows, with what its lists may call it by.</summary>
/// <param name="Name">OpenSSL's name.</param>
/// <param name="StandardName">IANA's name.</param>
/// <param name="Number">IANA's number, as it stands in a client's hello.</param>
/// <param name="Exchange">Key exchange: <c>kECDHE</c>, <c>kRSA</c>, <c>kPSK</c> or <c>kECDHEPSK</c>.</param>
/// <param name="Authentication"><c>aECDSA</c>, <c>aRSA</c> or <c>aPSK</c>.</param>
/// <param name="Encryption"><c>AES128</c>, <c>AES256</c>, <c>CHACHA20</c> or <c>3DES</c>.</param>
/// <param name="Mac"><c>AEAD</c>, <c>SHA1</c> or <c>SHA256</c>.</param>
internal sealed record TlsCipherSuite(
    string Name, string StandardName, ushort Number, string Exchange, string Authentication, string Encryption,
    string Mac)
{
    /// <summary>All of them, in the order in which a word such as <c>ALL</c> takes them.</summary>
    internal static readonly TlsCipherSuite[] All =
    [
        new("ECDHE-ECDSA-AES128-GCM-SHA256", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", 0xC02B,
            "kECDHE", "aECDSA", "AES128", "AEAD"),
        new("ECDHE-RSA-AES128-GCM-SHA256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", 0xC02F,
            "kECDHE", "aRSA", "AES128", "AEAD"),
        new("ECDHE-ECDSA-AES256-GCM-SHA384", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", 0xC02C,
            "kECDHE", "aECDSA", "AES256", "AEAD"),
        new("ECDHE-RSA-AES256-GCM-SHA384", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", 0xC030,
            "kECDHE", "aRSA", "AES256", "AEAD"),
        new("ECDHE-ECDSA-CHACHA20-POLY1305", "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", 0xCCA9,
            "kECDHE", "aECDSA", "CHACHA20", "AEAD"),
        new("ECDHE-RSA-CHACHA20-POLY1305", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", 0xCCA8,
            "kECDHE", "aRSA", "CHACHA20", "AEAD"),
        new("ECDHE-PSK-CHACHA20-POLY1305", "TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256", 0xCCAC,
            "kECDHEPSK", "aPSK", "CHACHA20", "AEAD"),
        new("ECDHE-ECDSA-AES128-SHA", "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", 0xC009,
            "kECDHE", "aECDSA", "AES128", "SHA1"),
        new("ECDHE-RSA-AES128-SHA", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", 0xC013,
            "kECDHE", "aRSA", "AES128", "SHA1"),
        new("ECDHE-PSK-AES128-CBC-SHA", "TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA", 0xC035,
            "kECDHEPSK", "aPSK", "AES128", "SHA1"),
        new("ECDHE-ECDSA-AES256-SHA", "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA", 0xC00A,
            "kECDHE", "aECDSA", "AES256", "SHA1"),
        new("ECDHE-RSA-AES256-SHA", "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", 0xC014,
            "kECDHE", "aRSA", "AES256", "SHA1"),
        new("ECDHE-PSK-AES256-CBC-SHA", "TLS_ECDHE_PSK_WITH_AES_256_CBC_SHA", 0xC036,
            "kECDHEPSK", "aPSK", "AES256", "SHA1"),
        new("ECDHE-RSA-AES128-SHA256", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256", 0xC027,
            "kECDHE", "aRSA", "AES128", "SHA256"),
        new("AES128-GCM-SHA256", "TLS_RSA_WITH_AES_128_GCM_SHA256", 0x009C,
            "kRSA", "aRSA", "AES128", "AEAD"),
        new("AES256-GCM-SHA384", "TLS_RSA_WITH_AES_256_GCM_SHA384", 0x009D,
            "kRSA", "aRSA", "AES256", "AEAD"),
        new("AES128-SHA", "TLS_RSA_WITH_AES_128_CBC_SHA", 0x002F, "kRSA", "aRSA", "AES128", "SHA1"),
        new("PSK-AES128-CBC-SHA", "TLS_PSK_WITH_AES_128_CBC_SHA", 0x008C, "kPSK", "aPSK", "AES128", "SHA1"),
        new("AES256-SHA", "TLS_RSA_WITH_AES_256_CBC_SHA", 0x0035, "kRSA", "aRSA", "AES256", "SHA1"),
        new("PSK-AES256-CBC-SHA", "TLS_PSK_WITH_AES_256_CBC_SHA", 0x008D, "kPSK", "aPSK", "AES256", "SHA1"),
        new("DES-CBC3-SHA", "TLS_RSA_WITH_3DES_EDE_CBC_SHA", 0x000A, "kRSA", "aRSA", "3DES", "SHA1"),
    ];

    /// <summary>Whether a word of a list means it: a name, or a property that it shares with others.</summary>
    internal bool Answers(string word) => word switch
    {
        "ALL" or "HIGH" or "FIPS" => !IsDeprecated,
        "kEECDH" or "kECDHE" or "ECDHE" or "EECDH" => Exchange == "kECDHE" && !IsDeprecated,
        "aECDSA" or "ECDSA" => Authentication == "aECDSA",
        "aRSA" => Authentication == "aRSA" && !IsDeprecated,
        "RSA" or "kRSA" => Exchange == "kRSA" && !IsDeprecated,
        "PSK" or "kPSK" => Exchange == "kPSK",
        "aPSK" => Authentication == "aPSK",
        "AES" => Encryption is "AES128" or "AES256" && !IsDeprecated,
        "AESGCM" => Encryption is "AES128" or "AES256" && Mac == "AEAD",
        "SHA" or "SHA1" => Mac == "SHA1" && !IsDeprecated,
        "SSLv3" or "TLSv1" => Mac == "SHA1" && !IsDeprecated,
        "TLSv1.2" => Mac != "SHA1" && !IsDeprecated,
        "3DES" => Encryption == "3DES",
        "AES128" or "AES256" or "CHACHA20" => Encryption == word && !IsDeprecated,
        _ => word == Name || word == StandardName,
    };

    /// <summary>Taken only where it is named itself.</summary>
    private bool IsDeprecated => Encryption == "3DES" || Mac == "SHA256";
}
