using System.Text;
using Lateen.Core.Logging;
using Lateen.Http;
using Lateen.Net.Scripting;
using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.Lua;

/// <content>What scripts ask of bodies and trailers.</content>
internal sealed partial class LuaSession
{
    /// <summary>An attempt's request lies whole with the router: scripts there cannot read it along.</summary>
    private bool IsOfAttempt => !isResponse && stream.Router.FiltersRequest;

    private BodyPath Path => isResponse ? stream.ResponsePath : stream.RequestPath;

    private bool HasBody => isResponse ? stream.ResponseHasBody : stream.HasBody;

    private object?[] WholeBody()
    {
        if (_stage is { HasSeen: true } stage)
        {
            return [new LuaError(stage.HasEnded
                ? "cannot call body() after body has been streamed"
                : "cannot call body() after body streaming has started")];
        }
        var hasEnded = isResponse ? !stream.ResponseHasBody : stream.RequestPassed;
        if (_bodyHere || hasEnded)
        {
            return [BodyOf(isResponse ? stream.ResponsePath.Held : stream.BufferedBody)];
        }
        Wait = LuaWait.Body;
        return LuaMachine.Waits;
    }

    /// <summary>May the script read the body along?</summary>
    private object?[] Pieces()
    {
        var hasCome = !_isFirstTurn && !IsOfAttempt && _stage is null
            && (!Path.Held.IsEmpty || Path.End != BodyEnd.None);
        return _bodyHere || hasCome || _stage is { HasSeen: true }
            ? [new LuaError("cannot call bodyChunks after body processing has begun")]
            : [];
    }

    private object?[] Piece()
    {
        if (!HasBody || _bodyHere || _stage is { HasEnded: true })
        {
            return [null];
        }
        if (IsOfAttempt)
        {
            return WholeBody();
        }
        EnterStage();
        Wait = LuaWait.Piece;
        return LuaMachine.Waits;
    }

    private object?[] AwaitTrailers()
    {
        if (!HasBody || _bodyHere || _stage is { HasEnded: true }
            || (!_isFirstTurn && _stage is null && Path.End != BodyEnd.None))
        {
            return [(_stage is null || _stage.HasTrailers) && Trailers.Count > 0];
        }
        if (!IsOfAttempt)
        {
            EnterStage();
        }
        Wait = LuaWait.Trailers;
        return LuaMachine.Waits;
    }

    /// <summary>From here on the body passes the script, and the headers are sealed.</summary>
    private void EnterStage()
    {
        if (_stage is not null)
        {
            return;
        }
        _stage = new LuaBodyStage(this, !isResponse);
        if (!Path.Held.IsEmpty || Path.End != BodyEnd.None)
        {
            _stage.ExpectHeld();
        }
        if (isResponse)
        {
            stream.AddResponseStage(_stage);
        }
        else
        {
            stream.AddRequestStage(_stage);
        }
    }

    private object?[] SetBody(byte[] body)
    {
        var headers = isResponse ? stream.Response : stream.Request;
        headers.Set(HeaderId.ContentLength, Encoding.ASCII.GetBytes($"{body.Length}"));
        if (isResponse)
        {
            stream.ReplaceResponseBody(body);
        }
        else
        {
            stream.ReplaceRequestBody(body);
        }
        return [];
    }

    /// <summary>
    /// A piece may change freely where the message's framing tells its end. With a content-length, which has gone on
    /// already, what is too much would be read as another message: Envoy lets it happen, here the script fails.
    /// </summary>
    private object?[] SetPiece(byte[] piece)
    {
        var headers = isResponse ? stream.Response : stream.Request;
        if (piece.Length != _pieceLength && headers.Contains(HeaderId.ContentLength))
        {
            return [new LuaError("pieces of a body with content-length keep their length")];
        }
        _changedPiece = piece;
        return [];
    }

    private object?[] Log(string level, string text)
    {
        Write(
            level switch
            {
                "Trace" => LogLevel.Trace,
                "Debug" => LogLevel.Debug,
                "Info" => LogLevel.Info,
                "Warn" => LogLevel.Warn,
                "Err" => LogLevel.Error,
                _ => LogLevel.Critical,
            },
            text);
        return [];
    }
}
