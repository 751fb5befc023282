#!/usr/bin/python3
"""The conformance suite proxy-e2e: real proxies with Istio's filters, configuration in, answers and metrics out.

  run.py --proxy "CMD" --suite FOLDER [--known FILE] [--report FILE] [--case GLOB]

What the suite's management server holds lies in files that the proxies watch, in place of streams: how resources come is
tested elsewhere. A case on the list of known failures must fail, all others must pass.
"""
import argparse
import base64
import fnmatch
import ipaddress
import json
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

import grpc_echo

ADMIN = {"client": 20001, "server": 20004}
BACKEND = ("127.0.0.3", 20000)
TYPES = {
    "listeners": "envoy.config.listener.v3.Listener",
    "clusters": "envoy.config.cluster.v3.Cluster",
    "secrets": "envoy.extensions.transport_sockets.tls.v3.Secret",
    "workloads": "istio.workload.Workload",
}


class Failed(Exception):
    pass


class Case:
    def __init__(self, case, options):
        self.steps, self.suite, self.command = case["steps"], options.suite, options.proxy.split()
        self.statics, self.proxies, self.starting, self.servers, self.clients = {}, [], [], [], []
        self.stream = None
        self.folder = tempfile.mkdtemp(prefix="proxy-e2e-")
        self.write("workloads", "workloads", [])
        for node in ADMIN:
            for kind in ("listeners", "clusters", "secrets"):
                self.write(node, kind, [])

    def run(self):
        try:
            for step in self.steps:
                action = getattr(self, "step_" + step["step"].replace("-", "_"), None)
                if action is None:
                    raise Failed(f"the step {step['step']} is not played")
                if step["step"] != "start-proxy":
                    self.await_ready()
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

    def path(self, node, kind):
        return os.path.join(self.folder, f"{node}-{kind}.json")

    def write(self, node, kind, resources, version="0"):
        """Puts resources where the proxy watches for them."""
        wrapped = [{
            "@type": "type.googleapis.com/envoy.service.discovery.v3.Resource",
            "name": resource.get("uid") or resource.get("name", ""),
            "version": version,
            "resource": {"@type": "type.googleapis.com/" + TYPES[kind], **resource},
        } for resource in resources]
        path = self.path(node, kind)
        with open(path + ".new", "w") as out:
            json.dump({"version_info": version, "resources": wrapped}, out)
        os.rename(path + ".new", path)

    def watch(self, tree, node, kind):
        """Has a tree of configuration name files where it names a management server."""
        if isinstance(tree, list):
            for item in tree:
                self.watch(item, node, kind)
        elif isinstance(tree, dict):
            for key, value in tree.items():
                if key in ("sds_config", "config_source"):
                    where = ("workloads", "workloads") if key == "config_source" else (node, "secrets")
                    tree[key] = {"path_config_source": {"path": self.path(*where)}, "resource_api_version": "V3"}
                else:
                    self.watch(value, node, kind)

    def step_config(self, step):
        node = step["node"]
        before = self.updates(node) if node in self.statics else 0
        for kind in ("secrets", "clusters", "listeners"):
            # A static resource stays; a discovered one of its name is left out, as in the proxy.
            present = self.statics.get(node, {}).get(kind, ())
            resources = [r for r in map(self.load, step.get(kind, [])) if r.get("name") not in present]
            self.watch(resources, node, kind)
            self.write(node, kind, resources, step["version"])
        for _ in range(100 if node in self.statics else 0):
            if self.updates(node) > before:
                return
            time.sleep(0.1)
        if node in self.statics:
            raise Failed(f"{node} does not take the change")

    def updates(self, node):
        """Updates of listeners that were taken; a refused one fails the case."""
        counts = dict(line.split(": ") for line in self.ask(node, "/stats?filter=listener_manager.lds")[1].splitlines())
        if int(counts.get("listener_manager.lds.update_rejected", 0)) > 0:
            raise Failed(f"{node} refuses its configuration")
        return int(counts.get("listener_manager.lds.update_success", 0))

    def step_workloads(self, step):
        self.write("workloads", "workloads", [{
            **{key: value for key, value in workload.items() if key != "address"},
            "addresses": [base64.b64encode(ipaddress.ip_address(workload["address"]).packed).decode()],
        } for workload in step["workloads"]])

    def step_start_proxy(self, step):
        bootstrap = self.load(step["bootstrap"])
        node = bootstrap["node"]["id"]
        self.statics[node] = {
            kind: {resource.get("name") for resource in resources or []}
            for kind, resources in bootstrap.get("static_resources", {}).items()}
        self.watch(bootstrap, node, "")
        bootstrap["dynamic_resources"] = {
            f"{short}_config": {"path_config_source": {"path": self.path(node, kind)}, "resource_api_version": "V3"}
            for short, kind in (("cds", "clusters"), ("lds", "listeners"))}
        path = os.path.join(self.folder, f"{node}.yaml")
        with open(path, "w") as out:
            yaml.safe_dump(bootstrap, out)
        log = open(os.path.join(self.folder, f"{node}.log"), "w+")
        process = subprocess.Popen(
            [*self.command, "--concurrency", str(step.get("concurrency", 1)), "-c", path],
            stdout=log, stderr=log, cwd=self.suite)
        self.proxies.append(process)
        self.starting.append((node, process, log))

    def await_ready(self):
        """Proxies start side by side; the first step that needs them waits for all."""
        for node, process, log in self.starting:
            for _ in range(600):
                if process.poll() is not None:
                    log.seek(0)
                    raise Failed(f"{node} does not start: {log.read()[:600]}")
                try:
                    if self.ask(node, "/ready")[0] == 200:
                        break
                except OSError:
                    pass
                time.sleep(0.05)
            else:
                raise Failed(f"{node} is not ready after 30 s")
            self.updates(node)
        self.starting.clear()

    def ask(self, node, path):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{ADMIN[node]}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, ""

    def step_wait(self, step):
        # Resources that are there need no time to arrive; longer waits are about the proxy's own timers.
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
            # Reads ahead, so that closing after a line is no reset.
            with connection, connection.makefile("rb") as lines:
                try:
                    for line in lines:
                        if not answer(connection, line):
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
        self.serve(lambda connection, line: connection.sendall((prefix + " ").encode() + line) is None)

    def step_tcp_closing_server(self, _):
        self.serve(lambda connection, line: False)

    def connect(self, step):
        host, port = step["address"].split(":")
        connection = socket.create_connection((host, int(port)), 10)
        self.clients.append(connection)
        return connection

    def step_tcp_echo(self, step):
        for _ in range(step.get("repeat", 1)):
            with self.connect(step) as connection:
                # The suite's figures of bytes are those of this line.
                connection.sendall(b"world\n")
                answer = connection.makefile("rb").readline()
                if not answer.endswith(b"world\n"):
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

    def step_grpc_server(self, _):
        self.servers.append(grpc_echo.Server(BACKEND))

    def step_grpc_stream_open(self, step):
        host, port = step["address"].split(":")
        self.stream = grpc_echo.Stream((host, int(port)))
        self.clients.append(self.stream)

    def step_grpc_stream_send(self, step):
        for count in step["responses"]:
            self.stream.send(count)

    def step_grpc_stream_close(self, _):
        self.stream.finish()

    def step_stats(self, step):
        wrong = ""
        for _ in range(75):
            wrong = self.compare(samples(self.ask(step["proxy"], "/stats/prometheus")[1]), step["metrics"])
            if not wrong:
                return
            time.sleep(0.2)
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
