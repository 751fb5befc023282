namespace Lateen.Proxy.Lua;

/// <summary>What scripts see: the objects of Envoy's Lua filter over one function of the host.</summary>
internal static class LuaPrelude
{
    /// <summary>
    /// The host's function gives true and results, false and an error's text, or nil where the script is to wait. What
    /// could escape the bounds is taken away or wrapped: files, byte code, finalizers, huge repetitions, and catching
    /// the error that ends a script that runs too long.
    /// </summary>
    public const string Text = """
        local native = ...
        local yield, raise, kind, raw = coroutine.yield, error, type, rawget
        local last = string.sub
        local function call(op, ...)
          local ok, a, b = native(op, ...)
          if ok == false then raise(a, 3) end
          return a, b
        end
        local function wait(op, ...)
          local ok, a, b = native(op, ...)
          if ok == false then raise(a, 3) end
          if ok == nil then return yield() end
          return a, b
        end

        local Headers = {}
        Headers.__index = Headers
        local function changeable(self)
          if self.handle and self.handle.passed then raise("header map can no longer be modified", 3) end
        end
        function Headers:add(k, v) changeable(self) call("headers.add", self.id, self.of, k, v) end
        local function given(v)
          -- As in Envoy, what is missing is no value at all, not nil.
          if v == nil then return end
          return v
        end
        function Headers:get(k) return given((call("headers.get", self.id, self.of, k))) end
        function Headers:getAtIndex(k, i) return given((call("headers.at", self.id, self.of, k, i))) end
        function Headers:getNumValues(k) return (call("headers.count", self.id, self.of, k)) end
        function Headers:remove(k) changeable(self) call("headers.remove", self.id, self.of, k) end
        function Headers:replace(k, v) changeable(self) call("headers.replace", self.id, self.of, k, v) end
        function Headers:setHttp1ReasonPhrase(v) end
        Headers.__pairs = function(self)
          local all, i = call("headers.all", self.id, self.of), -1
          return function() i = i + 2; return all[i], all[i + 1] end
        end

        local Body = {}
        Body.__index = Body
        function Body:length() return #self.bytes end
        function Body:getBytes(at, n)
          if at < 0 or n < 0 or at + n > #self.bytes then
            raise("index/length must be >= 0 and (index + length) must be <= buffer size", 2)
          end
          return last(self.bytes, at + 1, at + n)
        end
        function Body:setBytes(v)
          self.bytes = v
          call("body.set", self.id, v)
          return #v
        end

        local Map = {}
        Map.__index = Map
        function Map:get(k) return given(self.all[k]) end
        Map.__pairs = function(self) return next, self.all, nil end

        local Dynamic = {}
        Dynamic.__index = Dynamic
        function Dynamic:get(k) return given((call("dynamic.get", self.id, k))) end
        function Dynamic:set(ns, k, v) call("dynamic.set", self.id, ns, k, v) end
        Dynamic.__pairs = function(self) return next, (call("dynamic.all", self.id)), nil end

        local State = {}
        State.__index = State
        function State:get(k, field) return given((call("state.get", self.id, k, field))) end

        local Ssl = {}
        Ssl.__index = function(_, name) return function(self) return (call("ssl", self.id, name)) end end
        local function ssl(self)
          if call("ssl.present", self.id) then return setmetatable({id = self.id}, Ssl) end
          return nil
        end

        local Info = {}
        Info.__index = function(_, name)
          if name == "dynamicMetadata" then
            return function(self) return setmetatable({id = self.id}, Dynamic) end
          elseif name == "filterState" then
            return function(self) return setmetatable({id = self.id}, State) end
          elseif name == "downstreamSslConnection" then
            return ssl
          end
          return function(self) return (call("info", self.id, name)) end
        end

        local Connection = {ssl = ssl}
        Connection.__index = Connection

        local Handle = {}
        Handle.__index = Handle
        function Handle:headers() return setmetatable({id = self.id, of = self.of, handle = self}, Headers) end
        function Handle:body(always)
          local bytes = wait("body", self.id)
          if bytes == nil and not always then return end
          return setmetatable({id = self.id, bytes = bytes or ""}, Body)
        end
        function Handle:bodyChunks()
          local done = false
          return function()
            if done then return nil end
            done = true
            local bytes = wait("body", self.id)
            if bytes == nil then return nil end
            self.passed = true
            return setmetatable({id = self.id, bytes = bytes}, Body)
          end
        end
        function Handle:trailers()
          if wait("body", self.id) ~= nil then self.passed = true end
          if call("trailers", self.id) then
            return setmetatable({id = self.id, of = self.of .. "-trailers"}, Headers)
          end
          return nil
        end
        function Handle:metadata() return setmetatable({all = call("metadata", self.id) or {}}, Map) end
        function Handle:filterContext() return setmetatable({all = call("context", self.id) or {}}, Map) end
        function Handle:streamInfo() return setmetatable({id = self.id}, Info) end
        function Handle:connection() return setmetatable({id = self.id}, Connection) end
        function Handle:connectionStreamInfo() return setmetatable({id = self.id}, Info) end
        function Handle:httpCall(cluster, headers, body, options, async)
          return wait("call", self.id, cluster, headers, body, options or 0, async or false)
        end
        function Handle:respond(headers, body)
          call("respond", self.id, headers, body)
          yield()
        end
        function Handle:base64Escape(v) return (call("base64", self.id, v)) end
        function Handle:timestamp(r) return (call("timestamp", self.id, false)) end
        function Handle:timestampString(r) return (call("timestamp", self.id, r or "ms")) end
        function Handle:setUpstreamOverrideHost(host, strict) call("override", self.id, host, strict or false) end
        function Handle:clearRouteCache() call("clear", self.id) end
        for _, level in ipairs({"Trace", "Debug", "Info", "Warn", "Err", "Critical"}) do
          Handle["log" .. level] = function(self, text) call("log", self.id, level, text) end
        end
        EnvoyTimestampResolution = {MILLISECOND = "ms", MICROSECOND = "us"}

        local setmeta, load_text, rep = setmetatable, load, string.rep
        function __handle(id, of) return setmeta({id = id, of = of}, Handle) end
        function __start(name, id, of) return _G[name](__handle(id, of)) end
        function setmetatable(t, m)
          if m ~= nil and raw(m, "__gc") ~= nil then raise("finalizers are not allowed", 2) end
          return setmeta(t, m)
        end
        local function over(ok, e, ...)
          if not ok and kind(e) == "string" and last(e, -1) == "\3" then raise(e, 0) end
          return ok, e, ...
        end
        local protected, protected_with, resume = pcall, xpcall, coroutine.resume
        function pcall(...) return over(protected(...)) end
        function xpcall(...) return over(protected_with(...)) end
        function coroutine.resume(...) return over(resume(...)) end
        function load(text, name, mode, env)
          if kind(text) ~= "string" then raise("only text is loaded", 2) end
          if env ~= nil then return load_text(text, name, "t", env) end
          return load_text(text, name, "t")
        end
        loadstring = load
        function string.rep(s, n, sep)
          if #s * n > 1048576 then raise("the text would be too long", 2) end
          return rep(s, n, sep)
        end
        unpack, math.pow, table.getn = table.unpack, function(a, b) return a ^ b end, function(t) return #t end
        string.gfind, string.dump, collectgarbage, dofile, loadfile = string.gmatch, nil, nil, nil, nil
        os = {time = os.time, clock = os.clock, date = os.date, difftime = os.difftime}
        """;
}
