#!/usr/bin/python3
"""The conformance suite proxy-e2e: real proxies with Istio's filters, configuration in, answers and metrics out.

  run.py --proxy "CMD" --suite FOLDER [--known FILE] [--report FILE] [--case GLOB]

What the suite's management server holds when a proxy starts is put into its bootstrap as static resources: how resources
come is tested elsewhere. A case on the list of known failures must fail, all others must pass.
"""
import argparse
import fnmatch
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

import yaml

ADMIN = {"client": 20001, "server": 20004}
BACKEND = ("127.0.0.3", 20000)


class Failed(Exception):
    pass


class Case:
    def __init__(self, case, options):
        self.steps, self.suite, self.command = case["steps"], options.suite, options.proxy.split()
        self.config, self.proxies, self.servers, self.clients = {}, [], [], []
        self.folder = tempfile.mkdtemp(prefix="proxy-e2e-")

    def run(self):
        try:
            for step in self.steps:
                action = getattr(self, "step_" + step["step"].replace("-", "_"), None)
                if action is None:
                    raise Failed(f"the step {step['step']} is not played")
                action(step)
        finally:
            for client in self.clients + self.servers:
                try:
                    client.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
                client.close()
            for process in self.proxies:
                process.terminate()
            for process in self.proxies:
                process.wait(20)

    def load(self, path):
        with open(os.path.join(self.suite, path)) as text:
            return yaml.safe_load(text)

    def step_config(self, step):
        if self.proxies:
            raise Failed("a change while it runs is not played")
        self.config[step["node"]] = {
            kind: [self.load(path) for path in step.get(kind, [])] for kind in ("listeners", "clusters", "secrets")}

    def step_workloads(self, step):
        self.workloads = step["workloads"]

    def step_start_proxy(self, step):
        bootstrap = self.load(step["bootstrap"])
        node = bootstrap["node"]["id"]
        static = bootstrap.setdefault("static_resources", {})
        for kind, resources in self.config.get(node, {}).items():
            # A static resource stays; a discovered one of its name is left out, as in the proxy.
            names = {present.get("name") for present in static.get(kind) or []}
            static[kind] = (static.get(kind) or []) + [r for r in resources if r.get("name") not in names]
        bootstrap.pop("dynamic_resources", None)
        path = os.path.join(self.folder, f"{node}.yaml")
        with open(path, "w") as out:
            yaml.safe_dump(bootstrap, out)
        log = open(os.path.join(self.folder, f"{node}.log"), "w+")
        process = subprocess.Popen(
            [*self.command, "--concurrency", str(step.get("concurrency", 1)), "-c", path],
            stdout=log, stderr=log, cwd=self.suite)
        self.proxies.append(process)
        for _ in range(300):
            if process.poll() is not None:
                log.seek(0)
                raise Failed(f"{node} does not start: {log.read()[:600]}")
            try:
                if self.ask(node, "/ready")[0] == 200:
                    return
            except OSError:
                pass
            time.sleep(0.1)
        raise Failed(f"{node} is not ready after 30 s")

    def ask(self, node, path):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{ADMIN[node]}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, ""

    def step_wait(self, step):
        # Static resources need no time to arrive; longer waits are about the proxy's own timers.
        if step["ms"] > 1000:
            time.sleep(step["ms"] / 1000)

    def step_http(self, step):
        for index in range(step.get("repeat", 1)):
            request = urllib.request.Request(f"http://{step['address']}/")
            for name, value in step.get("headers", {}).items():
                request.add_header(name, value.replace("{n}", str(index)))
            try:
                answer = urllib.request.urlopen(request, timeout=10)
            except urllib.error.HTTPError as error:
                answer = error
            except OSError as error:
                raise Failed(f"GET {step['address']}: {error}") from error
            body, expect = answer.read().decode(), step["expect"]
            if answer.status != expect["status"] or ("body" in expect and body != expect["body"]):
                raise Failed(f"GET {step['address']}: {answer.status} {body!r} instead of {expect}")
            for name, value in expect.get("headers", {}).items():
                found = answer.headers.get(name) or None
                if found != value and not (value == "(any value)" and found):
                    raise Failed(f"GET {step['address']}: {name} is {found!r} instead of {value!r}")

    def serve(self, answer):
        server = socket.create_server(BACKEND)
        self.servers.append(server)

        def one(connection):
            with connection, connection.makefile("rwb", 0) as lines:
                try:
                    for line in lines:
                        if not answer(lines, line):
                            return
                except OSError:
                    pass

        def accept():
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                threading.Thread(target=one, args=(connection,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()

    def step_tcp_echo_server(self, step):
        prefix = step.get("prefix", "")
        self.serve(lambda lines, line: lines.write((prefix + " ").encode() + line))

    def step_tcp_closing_server(self, _):
        self.serve(lambda lines, line: False)

    def connect(self, step):
        host, port = step["address"].split(":")
        connection = socket.create_connection((host, int(port)), 10)
        self.clients.append(connection)
        return connection

    def step_tcp_echo(self, step):
        for _ in range(step.get("repeat", 1)):
            with self.connect(step) as connection:
                connection.sendall(b"ping\n")
                answer = connection.makefile("rb").readline()
                if not answer.endswith(b"ping\n"):
                    raise Failed(f"tcp: {answer!r} instead of an echo")

    def step_tcp_expect_close(self, step):
        for _ in range(step.get("repeat", 1)):
            with self.connect(step) as connection:
                connection.settimeout(step.get("timeoutMs", 10000) / 1000)
                connection.sendall(b"ping\n")
                try:
                    if connection.recv(1):
                        raise Failed("tcp: bytes instead of an end")
                except TimeoutError as error:
                    raise Failed("tcp: the connection stays open") from error

    def step_tcp_open(self, step):
        for _ in range(step.get("repeat", 1)):
            connection = self.connect(step)

            def ping(connection=connection):
                try:
                    while True:
                        connection.sendall(b"ping\n")
                        time.sleep(1)
                except OSError:
                    pass

            threading.Thread(target=ping, daemon=True).start()

    def step_stats(self, step):
        wrong = ""
        for _ in range(30):
            wrong = self.compare(samples(self.ask(step["proxy"], "/stats/prometheus")[1]), step["metrics"])
            if not wrong:
                return
            time.sleep(0.5)
        raise Failed(f"{step['proxy']}: {wrong}")

    @staticmethod
    def compare(found, metrics):
        for name, metric in metrics.items():
            have, match = found.get(name, []), metric.get("match")
            wanted = [({k: v for k, v in s.get("labels", {}).items()}, s.get("value")) for s in metric.get("samples", [])]
            if match == "absent":
                if have:
                    return f"{name} is there"
            elif match == "exists":
                for labels, _ in wanted:
                    if not any(labels.items() <= got.items() for got, _ in have):
                        return f"{name} has no sample with {labels}: {have[:3]}"
            else:
                for labels, value in wanted:
                    if not any(got == labels and (value is None or float(value) == v) for got, v in have):
                        near = [(sorted(set(got.items()) ^ set(labels.items())), v) for got, v in have][:2]
                        return f"{name} lacks a sample; {len(have)} there, differing in {near}, value {value}"
                if match == "exact" and len(have) != len(wanted):
                    return f"{name} has {len(have)} samples instead of {len(wanted)}"
        return ""


def samples(text):
    """Families of a page in Prometheus' format: name to [(labels, value)]."""
    families = {}
    for line in text.splitlines():
        if not line or line[0] == "#":
            continue
        head, _, value = line.rpartition(" ")
        name, _, rest = head.partition("{")
        labels, at = {}, 0
        rest = rest.rstrip("}")
        while at < len(rest):
            equals = rest.index("=", at)
            end = equals + 2
            while rest[end] != '"' or rest[end - 1] == "\\":
                end += 1
            labels[rest[at:equals]] = rest[equals + 2:end]
            at = end + 2
        families.setdefault(name, []).append((labels, float(value)))
    return families


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--proxy", required=True)
    parser.add_argument("--suite", required=True)
    parser.add_argument("--known")
    parser.add_argument("--report")
    parser.add_argument("--case", default="*")
    options = parser.parse_args()
    known = {}
    if options.known:
        with open(options.known) as lines:
            known = dict(line.rstrip("\n").split(": ", 1) for line in lines if line.strip() and line[0] != "#")
    with open(os.path.join(options.suite, "cases.yaml")) as text:
        cases = [case for case in yaml.safe_load(text)["cases"] if fnmatch.fnmatch(case["id"], options.case)]
    passed, wrong = 0, 0
    for case in cases:
        try:
            Case(case, options).run()
            passed += 1
            failure = None
        except (Failed, OSError, ValueError, subprocess.TimeoutExpired) as error:
            failure = str(error)
        if (failure is None) == (case["id"] in known):
            wrong += 1
            print(f"{case['id']}: {failure or 'passes, take it off the list'}")
    line = f"proxy-e2e: {passed} of {len(cases)} cases"
    print(line)
    if options.report:
        with open(options.report, "a") as report:
            report.write(line + "\n")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
