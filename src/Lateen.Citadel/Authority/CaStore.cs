using Lateen.Security;
using Lateen.Security.Authority;

namespace Lateen.Citadel.Authority;

/// <summary>
/// Finds the authority's material: an operator's files when they are there, else the root in the state folder, which is
/// made at the first start.
/// </summary>
public sealed class CaStore(CitadelOptions options, TimeProvider clock)
{
    private const string CaCert = "ca-cert.pem";
    private const string CaKey = "ca-key.pem";
    private const string RootCert = "root-cert.pem";
    private const string CertChain = "cert-chain.pem";
    private const string CaCrl = "ca-crl.pem";

    // The names of a Kubernetes secret of type kubernetes.io/tls.
    private const string TlsCert = "tls.crt";
    private const string TlsKey = "tls.key";
    private const string TlsRoot = "ca.crt";

    /// <summary>Folder of the root that was made here.</summary>
    public string SelfSignedFolder => Path.Combine(options.StateFolder, "citadel");

    /// <summary>Loads the authority, making a root when there is none.</summary>
    /// <exception cref="PkiException">Files are missing, do not fit each other, or cannot be written.</exception>
    public (CaBundle Bundle, CaSource Source) Load()
    {
        var pluggedIn = LoadPluggedIn();
        return pluggedIn is not null ? (pluggedIn, CaSource.PluggedIn) : (LoadOrMakeSelfSigned(), CaSource.SelfSigned);
    }

    /// <summary>
    /// The operator's files; null when none of them is there. A part of them is an error: an authority that falls back
    /// to a root of its own would split the mesh.
    /// </summary>
    /// <exception cref="PkiException">A file is missing, or they do not fit each other.</exception>
    public CaBundle? LoadPluggedIn()
    {
        var folder = options.PluggedInFolder;
        var tls = File.Exists(Path.Combine(folder, TlsCert)) && !File.Exists(Path.Combine(folder, CaCert));
        string[] names = tls ? [TlsCert, TlsKey, TlsRoot] : [CaCert, CaKey, CertChain, RootCert];
        var missing = Array.FindAll(names, name => !File.Exists(Path.Combine(folder, name)));
        if (missing.Length == names.Length)
        {
            return null;
        }
        if (missing.Length > 0)
        {
            throw new PkiException(
                $"the plugged-in authority in {folder} is incomplete: {string.Join(", ", missing)} missing; "
                + "give all files or none");
        }
        var texts = Array.ConvertAll(names, name => Read(Path.Combine(folder, name)));
        var crl = File.Exists(Path.Combine(folder, CaCrl)) ? Read(Path.Combine(folder, CaCrl)) : null;
        try
        {
            return tls
                ? CaBundle.Load(texts[0], texts[1], texts[0] + "\n" + texts[2], texts[2], crl, clock.GetUtcNow())
                : CaBundle.Load(texts[0], texts[1], texts[2], texts[3], crl, clock.GetUtcNow());
        }
        catch (PkiException e)
        {
            throw new PkiException($"the plugged-in authority in {folder} cannot be used: {e.Message}", e);
        }
    }

    /// <summary>Keeps a renewed root; its key is the one that is stored already.</summary>
    /// <exception cref="PkiException">The file cannot be written; the old root stays.</exception>
    public void SaveRenewedRoot(CaBundle bundle) =>
        SecretFile.Write(Path.Combine(SelfSignedFolder, CaCert), bundle.RootPem);

    private CaBundle LoadOrMakeSelfSigned()
    {
        var certPath = Path.Combine(SelfSignedFolder, CaCert);
        var keyPath = Path.Combine(SelfSignedFolder, CaKey);
        if (!File.Exists(certPath))
        {
            return Make(certPath, keyPath);
        }
        if (!File.Exists(keyPath))
        {
            throw new PkiException(
                $"{certPath} is there but its key {keyPath} is not: restore the key, or remove the certificate "
                    + "to make a "
                + "new root (every workload then needs a new certificate)");
        }
        var certificate = Read(certPath);
        try
        {
            return CaBundle.Load(certificate, Read(keyPath), "", certificate, null, clock.GetUtcNow());
        }
        catch (PkiException e)
        {
            throw new PkiException($"the root in {SelfSignedFolder} cannot be used: {e.Message}", e);
        }
    }

    // The key is written first: a key without a certificate has signed nothing yet and is replaced.
    private CaBundle Make(string certPath, string keyPath)
    {
        var bundle = SelfSignedRoot.Make(options, clock.GetUtcNow());
        SecretFile.Write(keyPath, bundle.Key.ToPem());
        SecretFile.Write(certPath, bundle.RootPem);
        return bundle;
    }

    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PkiException($"cannot read {path}: {e.Message}", e);
        }
    }
}
