using Lateen.Http;

namespace Lateen.Proxy.Jwt;

/// <summary>What a request must bring. Source: <c>jwt_authn.v3.JwtRequirement</c>.</summary>
internal abstract class JwtRequirement
{
    /// <summary>The outcome; null: keys must be fetched first.</summary>
    public abstract JwtStatus? Check(JwtCheck check);

    /// <summary>A token of one provider.</summary>
    internal sealed class Provider(JwtProvider provider, string[]? audiences) : JwtRequirement
    {
        public override JwtStatus? Check(JwtCheck check) => check.CheckProvider(provider, audiences);
    }

    /// <summary>All of them; the first that fails decides.</summary>
    internal sealed class All(JwtRequirement[] requirements) : JwtRequirement
    {
        public override JwtStatus? Check(JwtCheck check)
        {
            foreach (var requirement in requirements)
            {
                var status = requirement.Check(check);
                if (status != JwtStatus.Ok)
                {
                    return status;
                }
            }
            return JwtStatus.Ok;
        }
    }

    /// <summary>One of them. Of several failures one that says more than "not mine" is told.</summary>
    internal sealed class Any(JwtRequirement[] requirements, bool allowMissing, bool allowFailed) : JwtRequirement
    {
        public override JwtStatus? Check(JwtCheck check)
        {
            var failure = JwtStatus.Missing;
            foreach (var requirement in requirements)
            {
                var status = requirement.Check(check);
                if (status is null || status == JwtStatus.Ok)
                {
                    return status;
                }
                if (status != JwtStatus.Missing && (failure == JwtStatus.Missing || failure == JwtStatus.UnknownIssuer))
                {
                    failure = status;
                }
            }
            return allowFailed || (allowMissing && failure == JwtStatus.Missing) ? JwtStatus.Ok : failure;
        }
    }

    /// <summary>A token of any provider, or none.</summary>
    internal sealed class Optional(JwtProvider[] providers, bool allowFailed) : JwtRequirement
    {
        private readonly Any _any = new(
            [.. providers.Select(provider => new Provider(provider, null))], true, allowFailed);

        public override JwtStatus? Check(JwtCheck check) => _any.Check(check);
    }

    /// <summary>A token of any provider, or none; a header tells the upstream of one that is not good.</summary>
    internal sealed class Unverified(JwtProvider[] providers, HeaderName header) : JwtRequirement
    {
        private readonly Any _any = new(
            [.. providers.Select(provider => new Provider(provider, null))], false, false);

        public override JwtStatus? Check(JwtCheck check)
        {
            check.CountsCache = false;
            var status = _any.Check(check);
            if (status is not null && status != JwtStatus.Ok && status != JwtStatus.Missing)
            {
                check.TellUnverified(header);
            }
            return status is null ? null : JwtStatus.Ok;
        }
    }

    /// <summary>Nothing.</summary>
    internal sealed class None : JwtRequirement
    {
        public override JwtStatus? Check(JwtCheck check) => JwtStatus.Ok;
    }
}
