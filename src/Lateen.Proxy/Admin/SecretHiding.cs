using Lateen.Core.Yaml;

namespace Lateen.Proxy.Admin;

/// <summary>Takes private keys, passwords and the like out of what the admin port shows, wherever they stand.</summary>
internal static class SecretHiding
{
    private const string Hidden = "[redacted]";

    /// <summary>The same as bytes in JSON.</summary>
    private static readonly string _hiddenBytes = Convert.ToBase64String("[redacted]"u8);

    /// <summary>Fields that the API marks as sensitive; with a parent where the name alone says too little.</summary>
    private static readonly (string Parent, string Name)[] _fields =
    [
        ("", "private_key"), ("", "pkcs12"), ("tls_certificates", "password"), ("tls_certificate", "password"),
        ("session_ticket_keys", "keys"), ("generic_secret", "secret"), ("generic_secret", "secrets"),
        ("", "downstream_auth_password"), ("", "downstream_auth_passwords"), ("", "downstream_auth_username"),
        ("", "auth_password"), ("", "auth_username"), ("", "secret_access_key"),
        ("inline_credential", "session_token"), ("", "credentials_data_source"), ("", "web_identity_token_data_source"),
    ];

    /// <summary>The tree with every text below a sensitive field replaced; the same tree when there is none.</summary>
    public static YamlNode Apply(YamlNode node, string parent = "")
    {
        switch (node)
        {
            case YamlMapping mapping:
                return new YamlMapping([.. mapping.Entries.Select(field => new KeyValuePair<YamlScalar, YamlNode>(
                    field.Key,
                    IsSensitive(parent, field.Key.Value) ? Hide(field.Value, field.Key.Value)
                        : Apply(field.Value, field.Key.Value)))]);
            case YamlSequence list:
                return new YamlSequence([.. list.Items.Select(item => Apply(item, parent))]);
            default:
                return node;
        }
    }

    private static bool IsSensitive(string parent, string name) => Array.Exists(
        _fields, field => field.Name == name && (field.Parent.Length == 0 || field.Parent == parent));

    private static YamlNode Hide(YamlNode node, string name) => node switch
    {
        YamlMapping mapping => new YamlMapping([.. mapping.Entries.Select(field =>
            new KeyValuePair<YamlScalar, YamlNode>(field.Key, Hide(field.Value, field.Key.Value)))]),
        YamlSequence list => new YamlSequence([.. list.Items.Select(item => Hide(item, name))]),
        _ => new YamlScalar(name == "inline_bytes" ? _hiddenBytes : Hidden),
    };
}
