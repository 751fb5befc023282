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
        local last, scope = string.sub, "object used outside of proper scope"
        local function call(self, op, ...)
          if self.turn < 0 then raise(scope, 3) end
          local ok, a, b = native(op, self.id, ...)
          if ok == false then raise(a, 3) end
          return a, b
        end
        local function wait(self, op, ...)
          if self.turn < 0 then raise(scope, 3) end
          local ok, a, b = native(op, self.id, ...)
          if ok == false then raise(a, 3) end
          if ok == nil then
            a, b = yield()
            self.turn = self.turn + 1
          end
          return a, b
        end
        -- Objects live until their script waits the next time, as in Envoy.
        local function made(handle, meta, more)
          more.handle, more.turn = handle, handle.turn
          return setmetatable(more, meta)
        end
        local function alive(object)
          if object.turn ~= object.handle.turn then raise(scope, 3) end
        end
        local function ask(object, op, ...)
          if object.turn ~= object.handle.turn then raise(scope, 3) end
          local ok, a, b = native(op, object.handle.id, ...)
          if ok == false then raise(a, 3) end
          return a, b
        end

        local Headers = {}
        Headers.__index = Headers
        function Headers:add(k, v) ask(self, "headers.add", self.of, k, v) end
        local function given(v)
          -- As in Envoy, what is missing is no value at all, not nil.
          if v == nil then return end
          return v
        end
        function Headers:get(k) return given((ask(self, "headers.get", self.of, k))) end
        function Headers:getAtIndex(k, i) return given((ask(self, "headers.at", self.of, k, i))) end
        function Headers:getNumValues(k) return (ask(self, "headers.count", self.of, k)) end
        function Headers:remove(k) ask(self, "headers.remove", self.of, k) end
        function Headers:replace(k, v) ask(self, "headers.replace", self.of, k, v) end
        function Headers:setHttp1ReasonPhrase(v) end
        Headers.__pairs = function(self)
          local all, i = ask(self, "headers.all", self.of), -1
          return function() i = i + 2; return all[i], all[i + 1] end
        end

        local Body = {}
        Body.__index = Body
        function Body:length() alive(self) return #self.bytes end
        function Body:getBytes(at, n)
          alive(self)
          if at < 0 or n < 0 or at + n > #self.bytes then
            raise("index/length must be >= 0 and (index + length) must be <= buffer size", 2)
          end
          return last(self.bytes, at + 1, at + n)
        end
        function Body:setBytes(v)
          ask(self, self.set, v)
          self.bytes = v
          return #v
        end

        local Map = {}
        Map.__index = Map
        function Map:get(k) alive(self) return given(self.all[k]) end
        Map.__pairs = function(self) return next, self.all, nil end

        local Dynamic = {}
        Dynamic.__index = Dynamic
        function Dynamic:get(k) return given((ask(self, "dynamic.get", k))) end
        function Dynamic:set(ns, k, v) ask(self, "dynamic.set", ns, k, v) end
        Dynamic.__pairs = function(self) return next, (ask(self, "dynamic.all")), nil end

        local State = {}
        State.__index = State
        function State:get(k, field) return given((ask(self, "state.get", k, field))) end

        local Ssl = {}
        Ssl.__index = function(_, name) return function(self) return (ask(self, "ssl", name)) end end
        local function ssl(self)
          if ask(self, "ssl.present") then return made(self.handle, Ssl, {}) end
          return nil
        end

        local Info = {}
        Info.__index = function(_, name)
          if name == "dynamicMetadata" then
            return function(self) alive(self) return made(self.handle, Dynamic, {}) end
          elseif name == "filterState" then
            return function(self) alive(self) return made(self.handle, State, {}) end
          elseif name == "downstreamSslConnection" then
            return ssl
          end
          return function(self) return (ask(self, "info", name)) end
        end

        local Connection = {ssl = ssl}
        Connection.__index = Connection

        local Handle = {}
        Handle.__index = Handle
        function Handle:headers() return made(self, Headers, {of = self.of}) end
        function Handle:body(always)
          local bytes = wait(self, "body")
          if bytes == nil and not always then return end
          return made(self, Body, {bytes = bytes or "", set = "body.set"})
        end
        function Handle:bodyChunks()
          call(self, "pieces")
          return function()
            local bytes = wait(self, "piece")
            if bytes == nil then return nil end
            return made(self, Body, {bytes = bytes, set = "piece.set"})
          end
        end
        function Handle:trailers()
          if wait(self, "trailers") then return made(self, Headers, {of = self.of .. "-trailers"}) end
          return nil
        end
        function Handle:metadata() return made(self, Map, {all = call(self, "metadata") or {}}) end
        function Handle:filterContext() return made(self, Map, {all = call(self, "context") or {}}) end
        function Handle:streamInfo() return made(self, Info, {}) end
        function Handle:connection() return made(self, Connection, {}) end
        function Handle:connectionStreamInfo() return made(self, Info, {}) end
        function Handle:httpCall(cluster, headers, body, options, async)
          return wait(self, "call", cluster, headers, body, options or 0, async or false)
        end
        function Handle:respond(headers, body)
          call(self, "respond", headers, body)
          yield()
        end
        function Handle:base64Escape(v) return (call(self, "base64", v)) end
        function Handle:timestamp(r) return (call(self, "timestamp", false)) end
        function Handle:timestampString(r) return (call(self, "timestamp", r or "ms")) end
        function Handle:setUpstreamOverrideHost(host, strict) call(self, "override", host, strict or false) end
        function Handle:clearRouteCache() call(self, "clear") end
        for _, level in ipairs({"Trace", "Debug", "Info", "Warn", "Err", "Critical"}) do
          Handle["log" .. level] = function(self, text) call(self, "log", level, text) end
        end
        EnvoyTimestampResolution = {MILLISECOND = "ms", MICROSECOND = "us"}

        local setmeta, load_text, rep = setmetatable, load, string.rep
        function __start(name, id, of)
          local handle = setmeta({id = id, of = of, turn = 0}, Handle)
          _G[name](handle)
          handle.turn = -1
        end
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
