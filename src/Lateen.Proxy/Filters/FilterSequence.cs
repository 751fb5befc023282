using Lateen.Proxy.Runtime;

namespace Lateen.Proxy.Filters;

/// <summary>Several filters that stand where one is expected: in order on requests, in reverse on responses.</summary>
internal sealed class FilterSequence(HttpFilter[] filters) : HttpFilter
{
    public override bool FitsAttempts => Array.TrueForAll(filters, static filter => filter.FitsAttempts);

    /// <summary>The first filter of a kind; null: there is none.</summary>
    public T? Find<T>()
        where T : HttpFilter => Array.Find(filters, filter => filter is T) as T;

    public override HttpFilterResult OnRequest(HttpStream stream)
    {
        stream.SetState(this, new Progress());
        return Run(stream);
    }

    public override HttpFilterResult OnRequestBody(HttpStream stream, bool isComplete) =>
        Resume(stream, filters[ProgressOf(stream).Request].OnRequestBody(stream, isComplete));

    public override HttpFilterResult OnDelayOver(HttpStream stream) =>
        Resume(stream, filters[ProgressOf(stream).Request].OnDelayOver(stream));

    public override HttpFilterResult OnContinued(HttpStream stream) =>
        Resume(stream, filters[ProgressOf(stream).Request].OnContinued(stream));

    public override HttpFilterStatus OnResponse(HttpStream stream, bool endStream)
    {
        if (stream.GetState(this) is not Progress progress)
        {
            stream.SetState(this, progress = new Progress());
        }
        progress.Response = filters.Length - 1;
        return RunResponse(stream, progress);
    }

    public override HttpFilterStatus OnResponseBody(HttpStream stream, bool isComplete) =>
        ResumeResponse(stream, filters[ProgressOf(stream).Response].OnResponseBody(stream, isComplete));

    public override HttpFilterStatus OnResponseContinued(HttpStream stream) =>
        ResumeResponse(stream, filters[ProgressOf(stream).Response].OnResponseContinued(stream));

    public override void OnStreamEnd(HttpStream stream)
    {
        foreach (var filter in filters)
        {
            filter.OnStreamEnd(stream);
        }
    }

    public override void Forget(HttpStream stream)
    {
        foreach (var filter in filters)
        {
            filter.Forget(stream);
        }
        base.Forget(stream);
    }

    private Progress ProgressOf(HttpStream stream) => (Progress)stream.GetState(this)!;

    private HttpFilterResult Resume(HttpStream stream, HttpFilterResult result)
    {
        if (result.Status != HttpFilterStatus.Continue)
        {
            return result;
        }
        ProgressOf(stream).Request++;
        return Run(stream);
    }

    private HttpFilterResult Run(HttpStream stream)
    {
        var progress = ProgressOf(stream);
        while (progress.Request < filters.Length)
        {
            var filter = filters[progress.Request];
            var result = filter.IsEnabled(stream.Info) ? filter.OnRequest(stream) : HttpFilterResult.Continue;
            if (result.Status != HttpFilterStatus.Continue)
            {
                return result;
            }
            progress.Request++;
        }
        return HttpFilterResult.Continue;
    }

    private HttpFilterStatus ResumeResponse(HttpStream stream, HttpFilterStatus status)
    {
        if (status != HttpFilterStatus.Continue)
        {
            return status;
        }
        var progress = ProgressOf(stream);
        progress.Response--;
        return RunResponse(stream, progress);
    }

    private HttpFilterStatus RunResponse(HttpStream stream, Progress progress)
    {
        while (progress.Response >= 0)
        {
            var filter = filters[progress.Response];
            var status = filter.IsEnabled(stream.Info)
                ? filter.OnResponse(stream, !stream.ResponseHasBody)
                : HttpFilterStatus.Continue;
            if (status != HttpFilterStatus.Continue)
            {
                return status;
            }
            progress.Response--;
        }
        return HttpFilterStatus.Continue;
    }

    private sealed class Progress
    {
        public int Request { get; set; }

        public int Response { get; set; } = -1;
    }
}
