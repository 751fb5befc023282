using System.Runtime.InteropServices;

namespace Lateen.Net.Native;

/// <summary>The part of libssl.so.3 that TLS here stands on.</summary>
internal static unsafe partial class LibSsl
{
    internal const int CtrlExtraChainCert = 14;
    internal const int CtrlMode = 33;
    internal const int CtrlSessionCacheMode = 44;
    internal const int CtrlServerNameCallback = 53;
    internal const int CtrlServerNameArgument = 54;
    internal const int CtrlSetHostName = 55;
    internal const int CtrlSetGroupsList = 92;
    internal const int CtrlSetSignatures = 98;
    internal const int CtrlSetMinVersion = 123;
    internal const int CtrlSetMaxVersion = 124;

    internal const int ModePartialWrite = 1;
    internal const int ModeMovingBuffer = 2;
    internal const int ModeReleaseBuffers = 0x10;

    internal const int SessionCacheOff = 0;
    internal const int SessionCacheClient = 1;
    internal const int SessionCacheServer = 2;
    internal const int SessionCacheNoInternal = 0x300;

    internal const ulong OptionNoTicket = 1UL << 14;
    internal const ulong OptionNoCompression = 1UL << 17;
    internal const ulong OptionServerPreference = 1UL << 22;
    internal const ulong OptionNoRenegotiation = 1UL << 30;

    internal const int VerifyNone = 0;
    internal const int VerifyPeer = 1;
    internal const int VerifyFailIfNoCertificate = 2;

    internal const int ErrorSsl = 1;
    internal const int ErrorWantRead = 2;
    internal const int ErrorWantWrite = 3;
    internal const int ErrorZeroReturn = 6;

    internal const int ServerNameHost = 0;
    internal const int ExtensionOk = 0;
    internal const int ExtensionFatal = 2;
    internal const int ExtensionNoAck = 3;

    private const string Library = "libssl.so.3";

    [LibraryImport(Library, EntryPoint = "TLS_server_method")]
    internal static partial nint ServerMethod();

    [LibraryImport(Library, EntryPoint = "TLS_client_method")]
    internal static partial nint ClientMethod();

    [LibraryImport(Library, EntryPoint = "SSL_CTX_new_ex")]
    internal static partial nint ContextNew(nint library, byte* properties, nint method);

    [LibraryImport(Library, EntryPoint = "SSL_CTX_free")]
    internal static partial void ContextFree(nint context);

    [LibraryImport(Library, EntryPoint = "SSL_CTX_ctrl")]
    internal static partial nint ContextControl(nint context, int command, nint number, nint pointer);

    [LibraryImport(Library, EntryPoint = "SSL_CTX_ctrl")]
    internal static partial nint ContextControl(nint context, int command, nint number, byte* text);

    [LibraryImport(Library, EntryPoint = "SSL_CTX_callback_ctrl")]
    internal static partial nint ContextCallbackControl(nint context, int command, nint callback);

    [LibraryImport(Library, EntryPoint = "SSL_CTX_set_options")]
    internal static partial ulong ContextSetOptions(nint context, ulong options);

    [LibraryImport(Library, EntryPoint = "SSL_CTX_use_certificate")]
    internal static partial int ContextUseCertificate(nint context, nint certificate);

    [LibraryImport(Library, EntryPoint = "SSL_CTX_use_PrivateKey")]
    internal static partial int ContextUseKey(nint context, nint key);

    [LibraryImport(Library, EntryPoint = "SSL_CTX_check_private_key")]
    internal static partial int ContextCheckKey(nint context);

    [LibraryImport(Library, EntryPoint = "SSL_CTX_set_cipher_list")]
    internal static partial int ContextSetCiphers(nint context, byte* list);

    [LibraryImport(Library, EntryPoint = "SSL_CTX_set_ciphersuites")]
    internal static partial int ContextSetSuites(nint context, byte* list);

    [LibraryImport(Library, EntryPoint = "SSL_CTX_set_verify")]
    internal static partial void ContextSetVerify(nint context, int mode, nint callback);

    [LibraryImport(Library, EntryPoint = "SSL_CTX_set_cert_verify_callback")]
    internal static partial void ContextSetVerifyCallback(
        nint context, delegate* unmanaged<nint, nint, int> callback, nint argument);

    [LibraryImport(Library, EntryPoint = "SSL_CTX_set_alpn_select_cb")]
    internal static partial void ContextSetAlpnCallback(
        nint context, delegate* unmanaged<nint, byte**, byte*, byte*, uint, nint, int> callback, nint argument);

    [LibraryImport(Library, EntryPoint = "SSL_CTX_set_session_id_context")]
    internal static partial int ContextSetSessionIdContext(nint context, byte* id, uint length);

    [LibraryImport(Library, EntryPoint = "SSL_CTX_sess_set_new_cb")]
    internal static partial void ContextSetNewSessionCallback(nint context, delegate* unmanaged<nint, nint,
        int> callback);

    [LibraryImport(Library, EntryPoint = "SSL_CTX_set_ex_data")]
    internal static partial int ContextSetData(nint context, int index, nint data);

    [LibraryImport(Library, EntryPoint = "SSL_CTX_get_ex_data")]
    internal static partial nint ContextGetData(nint context, int index);

    [LibraryImport(Library, EntryPoint = "SSL_CTX_add_client_CA")]
    internal static partial int ContextAddClientCa(nint context, nint certificate);

    [LibraryImport(Library, EntryPoint = "SSL_CTX_set_num_tickets")]
    internal static partial int ContextSetTicketCount(nint context, nuint count);

    [LibraryImport(Library, EntryPoint = "SSL_get_SSL_CTX")]
    internal static partial nint GetContext(nint ssl);

    [LibraryImport(Library, EntryPoint = "SSL_set_SSL_CTX")]
    internal static partial nint SetContext(nint ssl, nint context);

    [LibraryImport(Library, EntryPoint = "SSL_new")]
    internal static partial nint New(nint context);

    [LibraryImport(Library, EntryPoint = "SSL_free")]
    internal static partial void Free(nint ssl);

    [LibraryImport(Library, EntryPoint = "SSL_set0_rbio")]
    internal static partial void SetReadBio(nint ssl, nint bio);

    [LibraryImport(Library, EntryPoint = "SSL_set0_wbio")]
    internal static partial void SetWriteBio(nint ssl, nint bio);

    [LibraryImport(Library, EntryPoint = "SSL_set_bio")]
    internal static partial void SetBio(nint ssl, nint read, nint write);

    [LibraryImport(Library, EntryPoint = "SSL_set_accept_state")]
    internal static partial void SetAcceptState(nint ssl);

    [LibraryImport(Library, EntryPoint = "SSL_set_connect_state")]
    internal static partial void SetConnectState(nint ssl);

    [LibraryImport(Library, EntryPoint = "SSL_do_handshake")]
    internal static partial int DoHandshake(nint ssl);

    [LibraryImport(Library, EntryPoint = "SSL_read")]
    internal static partial int Read(nint ssl, byte* buffer, int length);

    [LibraryImport(Library, EntryPoint = "SSL_write")]
    internal static partial int Write(nint ssl, byte* buffer, int length);

    [LibraryImport(Library, EntryPoint = "SSL_get_error")]
    internal static partial int GetError(nint ssl, int result);

    [LibraryImport(Library, EntryPoint = "SSL_shutdown")]
    internal static partial int Shutdown(nint ssl);

    [LibraryImport(Library, EntryPoint = "SSL_ctrl")]
    internal static partial nint Control(nint ssl, int command, nint number, byte* text);

    [LibraryImport(Library, EntryPoint = "SSL_set_alpn_protos")]
    internal static partial int SetAlpn(nint ssl, byte* protocols, uint length);

    [LibraryImport(Library, EntryPoint = "SSL_get0_alpn_selected")]
    internal static partial void GetAlpn(nint ssl, byte** data, uint* length);

    [LibraryImport(Library, EntryPoint = "SSL_get_servername")]
    internal static partial byte* GetServerName(nint ssl, int type);

    [LibraryImport(Library, EntryPoint = "SSL_get_version")]
    internal static partial byte* GetVersion(nint ssl);

    [LibraryImport(Library, EntryPoint = "SSL_get_current_cipher")]
    internal static partial nint GetCipher(nint ssl);

    [LibraryImport(Library, EntryPoint = "SSL_CIPHER_get_name")]
    internal static partial byte* CipherName(nint cipher);

    [LibraryImport(Library, EntryPoint = "SSL_session_reused")]
    internal static partial int SessionReused(nint ssl);

    [LibraryImport(Library, EntryPoint = "SSL_set_session")]
    internal static partial int SetSession(nint ssl, nint session);

    [LibraryImport(Library, EntryPoint = "SSL_SESSION_free")]
    internal static partial void SessionFree(nint session);

    [LibraryImport(Library, EntryPoint = "SSL_SESSION_up_ref")]
    internal static partial int SessionUpRef(nint session);

    [LibraryImport(Library, EntryPoint = "SSL_get1_peer_certificate")]
    internal static partial nint GetPeerCertificate(nint ssl);

    [LibraryImport(Library, EntryPoint = "SSL_get_verify_result")]
    internal static partial nint GetVerifyResult(nint ssl);
}
