using System.Runtime.InteropServices;
using Lateen.Net.Native;

namespace Lateen.Net;

/// <content>What libssl asks during a handshake. These run on the worker's thread, inside SSL_do_handshake.</content>
public sealed unsafe partial class TlsContext
{
    /// <summary>The newest session made with this server name; the caller frees it after use. Zero: none.</summary>
    internal nint TakeSession(ReadOnlySpan<byte> sni)
    {
        for (var i = _sessions.Count - 1; i >= 0; i--)
        {
            if (sni.SequenceEqual(_sessions[i].Sni))
            {
                var session = _sessions[i].Session;
                _sessions.RemoveAt(i);
                return session;
            }
        }

        return 0;
    }

    private static TlsContext? FromArgument(nint argument) =>
        argument == 0 ? null : GCHandle.FromIntPtr(argument).Target as TlsContext;

    [UnmanagedCallersOnly]
    private static int OnNewSession(nint ssl, nint session)
    {
        if (FromArgument(LibSsl.ContextGetData(LibSsl.GetContext(ssl), 0)) is not { _disposed: false } context)
        {
            return 0;
        }

        var name = LibSsl.GetServerName(ssl, LibSsl.ServerNameHost);
        context._sessions.Add((MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name).ToArray(), session));
        if (context._sessions.Count > context._options.SessionsMax)
        {
            LibSsl.SessionFree(context._sessions[0].Session);
            context._sessions.RemoveAt(0);
        }

        return 1;
    }

    /// <summary>The first of the server's protocols that the client offered; none in common is no error.</summary>
    [UnmanagedCallersOnly]
    private static int OnSelectAlpn(nint ssl, byte** chosen, byte* chosenLength, byte* offered, uint offeredLength,
        nint argument)
    {
        if (FromArgument(argument) is not { } context)
        {
            return LibSsl.ExtensionNoAck;
        }

        var client = new ReadOnlySpan<byte>(offered, (int)offeredLength);
        var own = context._alpn.AsSpan();
        while (own.Length > 0)
        {
            var wanted = own.Slice(1, own[0]);
            for (var at = 0; at + 1 + client[at] <= client.Length; at += 1 + client[at])
            {
                if (client.Slice(at + 1, client[at]).SequenceEqual(wanted))
                {
                    *chosen = offered + at + 1;
                    *chosenLength = client[at];
                    return LibSsl.ExtensionOk;
                }

                if (at + 1 + client[at] == client.Length)
                {
                    break;
                }
            }

            own = own[(1 + own[0])..];
        }

        return LibSsl.ExtensionNoAck;
    }
}
