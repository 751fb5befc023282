using System.Runtime.InteropServices;

namespace Lateen.Net.Native;

/// <content>Hello inspection, tickets, stapling, key logs and facts of an established session.</content>
internal static unsafe partial class LibSsl
{
    internal const int CtrlSetSessionCacheSize = 42;
    internal const int CtrlStatusCallback = 63;
    internal const int CtrlStatusResponse = 71;
    internal const int CtrlPeerSignatureDigest = 108;
    internal const int CtrlNegotiatedGroup = 134;

    /// <summary>Only NewSessionTicket of TLS 1.3.</summary>
    internal const uint ExtensionContextTicket = 0x2000 | 0x0020;

    internal const int Tls13 = 0x0304;

    [LibraryImport(Library, EntryPoint = "SSL_CTX_set_timeout")]
    internal static partial nint ContextSetTimeout(nint context, nint seconds);

    [LibraryImport(Library, EntryPoint = "SSL_CTX_set_keylog_callback")]
    internal static partial void ContextSetKeyLog(nint context, delegate* unmanaged<nint, byte*, void> callback);

    [LibraryImport(Library, EntryPoint = "SSL_CTX_set_msg_callback")]
    internal static partial void ContextSetMessageCallback(
        nint context, delegate* unmanaged<int, int, int, byte*, nuint, nint, nint, void> callback);

    [LibraryImport(Library, EntryPoint = "SSL_has_pending")]
    internal static partial int HasPending(nint ssl);

    [LibraryImport(Library, EntryPoint = "SSL_CTX_add_custom_ext")]
    internal static partial int ContextAddExtension(
        nint context, uint type, uint where, nint add, nint free, nint addArgument, nint parse, nint parseArgument);

    [LibraryImport(Library, EntryPoint = "SSL_CTX_set_tlsext_ticket_key_evp_cb")]
    internal static partial int ContextSetTicketCallback(
        nint context, delegate* unmanaged<nint, byte*, byte*, nint, nint, int, int> callback);

    [LibraryImport(Library, EntryPoint = "SSL_set_shutdown")]
    internal static partial void SetShutdown(nint ssl, int mode);

    [LibraryImport(Library, EntryPoint = "SSL_set_cipher_list")]
    internal static partial int SetCiphers(nint ssl, byte* list);

    [LibraryImport(Library, EntryPoint = "SSL_CTX_set_client_hello_cb")]
    internal static partial void ContextSetHelloCallback(
        nint context, delegate* unmanaged<nint, int*, nint, int> callback, nint argument);

    [LibraryImport(Library, EntryPoint = "SSL_client_hello_get0_ext")]
    internal static partial int HelloExtension(nint ssl, uint type, byte** data, nuint* length);

    [LibraryImport(Library, EntryPoint = "SSL_clear_options")]
    internal static partial ulong ClearOptions(nint ssl, ulong options);

    [LibraryImport(Library, EntryPoint = "SSL_client_hello_get0_ciphers")]
    internal static partial nuint HelloCiphers(nint ssl, byte** data);

    [LibraryImport(Library, EntryPoint = "SSL_version")]
    internal static partial int VersionNumber(nint ssl);

    [LibraryImport(Library, EntryPoint = "SSL_get_peer_signature_type_nid")]
    internal static partial int GetPeerSignatureType(nint ssl, int* nid);

    [LibraryImport(Library, EntryPoint = "SSL_group_to_name")]
    internal static partial byte* GroupName(nint ssl, int id);

    [LibraryImport(Library, EntryPoint = "SSL_get_peer_cert_chain")]
    internal static partial nint GetPeerChain(nint ssl);

    [LibraryImport(Library, EntryPoint = "SSL_get_session")]
    internal static partial nint GetSession(nint ssl);

    [LibraryImport(Library, EntryPoint = "SSL_SESSION_get_max_fragment_length")]
    internal static partial byte SessionFragmentCode(nint session);

    [LibraryImport(Library, EntryPoint = "SSL_SESSION_get_id")]
    internal static partial byte* SessionId(nint session, uint* length);
}
