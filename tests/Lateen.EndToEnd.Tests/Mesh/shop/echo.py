# A service that tells what it saw of a request, and calls others when asked to:
#   GET /anything          the request as it came: headers, the peer's address, who answers
#   GET /call?to=URL       calls URL on a new connection and tells what came back
import http.server
import json
import os
import socketserver
import urllib.error
import urllib.parse
import urllib.request


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *words):
        pass

    def do_GET(self):
        url = urllib.parse.urlparse(self.path)
        if url.path == "/call":
            seen = self.call(urllib.parse.parse_qs(url.query)["to"][0])
        else:
            seen = {
                "version": os.environ.get("VERSION", ""),
                "peer": self.client_address[0],
                "headers": {name.lower(): value for name, value in self.headers.items()},
            }
        body = json.dumps(seen).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_OPTIONS = do_GET

    def call(self, to):
        headers = {name: self.headers[name] for name in ("end-user",) if name in self.headers}
        try:
            with urllib.request.urlopen(urllib.request.Request(to, headers=headers), timeout=20) as reply:
                return self.reply(reply.status, reply)
        except urllib.error.HTTPError as error:
            return self.reply(error.code, error)
        except OSError as error:
            return {"status": 0, "headers": {}, "body": str(error)}

    @staticmethod
    def reply(status, reply):
        headers = {name.lower(): value for name, value in reply.headers.items()}
        return {"status": status, "headers": headers, "body": reply.read().decode(errors="replace")}


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    request_queue_size = 512


# Where there is no capture, these variables say where the proxy expects the program.
Server((os.environ.get("HOST", "0.0.0.0"), int(os.environ.get("PORT", "8080"))), Handler).serve_forever()
