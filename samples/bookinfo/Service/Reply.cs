namespace Bookinfo.Service;

/// <summary>An answer before it is put into bytes.</summary>
internal sealed record Reply(int Status, string Body, string ContentType = "application/json");
