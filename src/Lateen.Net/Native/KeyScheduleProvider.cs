using System.Runtime.InteropServices;
using System.Text;

namespace Lateen.Net.Native;

/// <summary>
/// A provider of libcrypto with one algorithm, <c>TLS13-KDF</c>, by which libssl derives the secrets of a handshake. It
/// is asked for by contexts with <see cref="Query"/>; everything else goes on to the library's own providers.
/// Derivations run on the thread of the handshake (decision 0490).
/// </summary>
internal static unsafe class KeyScheduleProvider
{
    private const int FunctionQuery = 1027;
    private const int OperationKdf = 4;
    private const int FunctionNew = 1;
    private const int FunctionFree = 3;
    private const int FunctionReset = 4;
    private const int FunctionDerive = 5;
    private const int FunctionSet = 11;
    private const int ModeExtract = 1;
    private const int ModeExpand = 2;
    private const uint TypeInteger = 1;

    /// <summary>A property query: the algorithm of this provider where there is one. The property's name is not
    /// <c>provider</c>, which would take the place of one that the library's configuration asks for.</summary>
    internal static ReadOnlySpan<byte> Query => "?lateen.kdf=yes\0"u8;

    private static Dispatch* _functions;
    private static Dispatch* _derivation;
    private static Algorithm* _algorithms;

    /// <summary>Who is told the traffic secrets that this thread derives; null outside of handshakes.</summary>
    [field: ThreadStatic]
    internal static TlsHandover? Listener { get; set; }

    /// <summary>Called once for the process, where <see cref="LibCrypto.UsesOwnProvider"/>: who asks for none in
    /// particular, as the framework's own TLS does, is given the one that was met first, which is the library's by that
    /// question. Without SHA-2 outside of <c>EVP</c> nothing changes. Elsewhere sessions stay with libssl.</summary>
    internal static void Load()
    {
        if (!LibCrypto.HasDigests)
        {
            return;
        }

        _derivation = Table(
            (FunctionNew, (nint)(delegate* unmanaged<nint, nint>)&OnNew),
            (FunctionFree, (nint)(delegate* unmanaged<nint, void>)&OnFree),
            (FunctionReset, (nint)(delegate* unmanaged<nint, void>)&OnFree),
            (FunctionDerive, (nint)(delegate* unmanaged<nint, byte*, nuint, LibCrypto.OsslParameter*, int>)&OnDerive),
            (FunctionSet, (nint)(delegate* unmanaged<nint, LibCrypto.OsslParameter*, int>)&OnSet));
        _functions = Table((FunctionQuery, (nint)(delegate* unmanaged<nint, int, int*, Algorithm*>)&OnQuery));
        _algorithms = (Algorithm*)NativeMemory.AllocZeroed(2, (nuint)sizeof(Algorithm));
        _algorithms->Names = Text(LibCrypto.KeySchedule);
        _algorithms->Properties = Text("provider=lateen,lateen.kdf=yes\0"u8);
        _algorithms->Functions = _derivation;
        fixed (byte* name = "lateen\0"u8)
        {
            // The library's own providers stay: those that a configuration names, else its default.
            const int keepsOthers = 1;
            if (LibCrypto.ProviderAdd(0, name, &OnInit) == 1)
            {
                LibCrypto.ProviderLoad(0, name, keepsOthers);
            }
        }
    }

    private static Dispatch* Table(params ReadOnlySpan<(int Id, nint Function)> functions)
    {
        var table = (Dispatch*)NativeMemory.AllocZeroed((nuint)functions.Length + 1, (nuint)sizeof(Dispatch));
        for (var i = 0; i < functions.Length; i++)
        {
            (table[i].Id, table[i].Function) = functions[i];
        }

        return table;
    }

    private static byte* Text(ReadOnlySpan<byte> text)
    {
        var copy = (byte*)NativeMemory.Alloc((nuint)text.Length);
        text.CopyTo(new Span<byte>(copy, text.Length));
        return copy;
    }

    [UnmanagedCallersOnly]
    private static int OnInit(nint core, nint given, Dispatch** functions, nint* context)
    {
        *functions = _functions;
        *context = core;
        return 1;
    }

    [UnmanagedCallersOnly]
    private static Algorithm* OnQuery(nint context, int operation, int* mayNotCache)
    {
        *mayNotCache = 0;
        return operation == OperationKdf ? _algorithms : null;
    }

    /// <summary>Derivations have no state: all parameters come with <see cref="OnDerive"/>, as libssl gives them.
    /// </summary>
    [UnmanagedCallersOnly]
    private static nint OnNew(nint context) => (nint)_derivation;

    [UnmanagedCallersOnly]
    private static void OnFree(nint state)
    {
    }

    [UnmanagedCallersOnly]
    private static int OnSet(nint state, LibCrypto.OsslParameter* parameters) =>
        parameters is null || parameters->Key is null ? 1 : 0;

    /// <summary>Parameters as of <c>EVP_KDF-TLS13_KDF</c>; 1, or 0 where they are not what TLS 1.3 knows.</summary>
    [UnmanagedCallersOnly]
    private static int OnDerive(nint state, byte* target, nuint length, LibCrypto.OsslParameter* parameters)
    {
        if (target is null || length > ushort.MaxValue || !TryRead(parameters, out var given))
        {
            return 0;
        }

        var output = new Span<byte>(target, (int)length);
        if (given.Mode == ModeExtract)
        {
            return output.Length == given.DigestBytes
                && TlsKeySchedule.TryExtract(given.Salt, given.Key, given.Prefix, given.Label, output) ? 1 : 0;
        }

        if (given.Mode != ModeExpand || !TlsKeySchedule.TryExpand(
            given.DigestBytes, given.Key, given.Prefix, given.Label, given.Context, output))
        {
            return 0;
        }

        if (Listener is { } listener && given.Label.EndsWith(" ap traffic"u8))
        {
            listener.TakeSecret(ofServer: given.Label[0] == 's', output);
        }

        return 1;
    }

    private static bool TryRead(LibCrypto.OsslParameter* parameters, out Parameters given)
    {
        given = default;
        for (; parameters is not null && parameters->Key is not null; parameters++)
        {
            if (parameters->Size > (parameters->Data is null ? 0u : ushort.MaxValue))
            {
                return false;
            }

            var name = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(parameters->Key);
            var value = new ReadOnlySpan<byte>(parameters->Data, (int)parameters->Size);
            if (name.SequenceEqual("mode"u8))
            {
                given.Mode = ModeOf(parameters->DataType, value);
            }
            else if (name.SequenceEqual("digest"u8))
            {
                given.DigestBytes = DigestOf(value);
            }
            else if (name.SequenceEqual("key"u8))
            {
                given.Key = value;
            }
            else if (name.SequenceEqual("salt"u8))
            {
                given.Salt = value;
            }
            else if (name.SequenceEqual("prefix"u8))
            {
                given.Prefix = value;
            }
            else if (name.SequenceEqual("label"u8))
            {
                given.Label = value;
            }
            else if (name.SequenceEqual("data"u8))
            {
                given.Context = value;
            }
        }

        return given.DigestBytes != 0;
    }

    private static int ModeOf(uint type, ReadOnlySpan<byte> value) =>
        type == TypeInteger ? value.Length == sizeof(int) ? BitConverter.ToInt32(value) : 0
        : value.SequenceEqual("EXTRACT_ONLY"u8) ? ModeExtract
        : value.SequenceEqual("EXPAND_ONLY"u8) ? ModeExpand : 0;

    private static int DigestOf(ReadOnlySpan<byte> name) =>
        IsOneOf(name, "SHA2-256"u8, "SHA256"u8, "SHA-256"u8) ? TlsKeySchedule.Sha256Bytes
        : IsOneOf(name, "SHA2-384"u8, "SHA384"u8, "SHA-384"u8) ? TlsKeySchedule.Sha384Bytes : 0;

    private static bool IsOneOf(
        ReadOnlySpan<byte> name, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, ReadOnlySpan<byte> third) =>
        Ascii.EqualsIgnoreCase(name, first) || Ascii.EqualsIgnoreCase(name, second)
        || Ascii.EqualsIgnoreCase(name, third);

    private ref struct Parameters
    {
        internal int Mode;
        internal int DigestBytes;
        internal ReadOnlySpan<byte> Key;
        internal ReadOnlySpan<byte> Salt;
        internal ReadOnlySpan<byte> Prefix;
        internal ReadOnlySpan<byte> Label;
        internal ReadOnlySpan<byte> Context;
    }

    /// <summary>One <c>OSSL_DISPATCH</c>; a list ends with a zero.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Dispatch
    {
        internal int Id;
        internal nint Function;
    }

    /// <summary>One <c>OSSL_ALGORITHM</c>; a list ends with no names.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Algorithm
    {
        internal byte* Names;
        internal byte* Properties;
        internal Dispatch* Functions;
        internal byte* Description;
    }
}
