#!/usr/bin/python3
"""Soak: one proxy under mixed load, changing configuration, failing upstreams, slow peers and attacks.

  soak.py --proxy "CMD" [--seconds N | --hours N] [--seed N] [--clients N] [--static] [--keep]

It fails when the proxy dies, answers with what belongs to another request or cluster, lets a refused request through,
leaves a request without an answer, or holds descriptors, connections or memory when all is over. CMD is started as
`CMD -c BOOTSTRAP`. The seed decides what is done; when things happen the machine decides.
"""
import argparse
import asyncio
import logging
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

import attacks
import clients
import config
from upstreams import Upstream

UPSTREAMS = 6
# How much memory may grow from the plateau to the end, and what may be held when all is over.
GROWTH_MAX = 0.35
GROWTH_BYTES = 40 << 20
SOCKETS_LEFT = 8


def hold_ports(names):
    """Sockets that keep a port for each name until they are closed."""
    return {name: socket.create_server(("127.0.0.1", 0)) for name in names}


class Proxy:
    def __init__(self, command, bootstrap, log, admin):
        self.log = open(log, "wb")
        self.process = subprocess.Popen([*command, "-c", bootstrap], stdout=self.log, stderr=self.log)
        self.admin = admin
        self.pid = self.process.pid

    def resident(self):
        with open(f"/proc/{self.pid}/status") as status:
            for line in status:
                if line.startswith("VmRSS"):
                    return int(line.split()[1]) * 1024
        return 0

    def sockets(self):
        """How many sockets there are, by the state of those that are TCP."""
        states = {}
        for name in os.listdir(f"/proc/{self.pid}/fd"):
            try:
                link = os.readlink(f"/proc/{self.pid}/fd/{name}")
            except OSError:
                continue
            if link.startswith("socket:["):
                states[link[8:-1]] = "?"
        with open(f"/proc/{self.pid}/net/tcp") as table:
            for line in table:
                parts = line.split()
                if parts[9] in states:
                    states[parts[9]] = parts[3]
        kinds = list(states.values())
        return {kind: kinds.count(kind) for kind in set(kinds)}

    def ask(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.admin}{path}", timeout=10) as answer:
            return answer.read().decode()

    async def ready(self):
        for _ in range(600):
            if self.process.poll() is not None:
                raise SystemExit(f"the proxy ended with {self.process.returncode} at its start")
            try:
                if await asyncio.to_thread(self.ask, "/ready"):
                    return
            except OSError:
                await asyncio.sleep(0.1)
        raise SystemExit("the proxy did not become ready within 60 s")


class Soak:
    def __init__(self, options):
        self.options, self.random, self.violations = options, random.Random(options.seed), []
        self.folder = tempfile.mkdtemp(prefix="lateen-soak-")
        self.held_ports = hold_ports(["admin", "plain", "secure", *(f"tcp{i}" for i in range(UPSTREAMS))])
        self.ports = {name: held.getsockname()[1] for name, held in self.held_ports.items()}
        self.upstreams = [Upstream(f"u{i}", self.violations) for i in range(UPSTREAMS)]
        self.load = clients.Load(self.random, self.ports, UPSTREAMS, self.violations)
        self.changes = self.failures = 0

    async def run(self):
        self.certificate()
        for upstream in self.upstreams:
            await upstream.start()
        for held in self.held_ports.values():
            held.close()
        churns = not self.options.static
        self.config = config.Configuration(self.folder, self.random, self.upstreams, self.ports, churns)
        log = os.path.join(self.folder, "proxy.log")
        self.proxy = Proxy(self.options.proxy.split(), self.config.write_bootstrap(), log, self.ports["admin"])
        try:
            await self.proxy.ready()
            self.sockets = sum(self.proxy.sockets().values())
            await self.work()
            await self.settle()
        finally:
            self.end(log)

    def certificate(self):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                        "-keyout", f"{self.folder}/key.pem", "-out", f"{self.folder}/cert.pem", "-days", "2",
                        "-subj", "/CN=web.test"], check=True, capture_output=True)

    async def work(self):
        load, scale = self.load, self.options.clients
        tasks = [asyncio.create_task(each) for each in [
            *(clients.http1(load, False) for _ in range(4 * scale)), *(clients.http1(load, True) for _ in range(2 * scale)),
            *(clients.http2(load, False) for _ in range(2 * scale)), *(clients.http2(load, True) for _ in range(scale)),
            *(clients.tcp(load, False) for _ in range(2 * scale)), *(clients.tcp(load, True) for _ in range(scale)),
            *(clients.slow(load) for _ in range(3 * scale)), *(attacks.attack(load) for _ in range(2 * scale)),
            self.fail_upstreams(), *([self.change_configuration()] if not self.options.static else [])]]
        begin, plateau, shown = time.monotonic(), 0, 0
        while (passed := time.monotonic() - begin) < self.options.seconds and not self.violations:
            await asyncio.sleep(0.5)
            if self.proxy.process.poll() is not None:
                self.violations.append(f"the proxy ended with {self.proxy.process.returncode}")
                break
            if passed > self.options.seconds * 0.4:
                plateau = max(plateau, self.proxy.resident() if passed < self.options.seconds * 0.6 else 0)
            if passed - shown > 30:
                shown = passed
                self.show(passed)
        self.plateau = plateau
        self.load.stopped = True
        done, rest = await asyncio.wait(tasks, timeout=45)
        for task in rest:
            task.cancel()
        for task in done:
            if task.exception() is not None:
                raise task.exception()
        self.passed = time.monotonic() - begin

    async def fail_upstreams(self):
        """Takes upstreams away for a moment, some with all their connections reset."""
        while not self.load.stopped:
            await asyncio.sleep(1 + self.random.random() * 4)
            upstream = self.random.choice(self.upstreams)
            self.failures += 1
            await upstream.stop(abort=self.random.random() < 0.5)
            await asyncio.sleep(self.random.random())
            for _ in range(50):
                try:
                    await upstream.start()
                    break
                except OSError:
                    await upstream.stop()
                    await asyncio.sleep(0.1)

    async def change_configuration(self):
        while not self.load.stopped:
            await asyncio.sleep(0.5 + self.random.random() * 3)
            self.changes += 1
            self.config.write_discovery()
            if self.random.random() < 0.1:
                self.certificate()

    async def settle(self):
        """With nobody there any more, nothing may be held."""
        if self.proxy.process.poll() is not None:
            return
        for upstream in self.upstreams:
            await upstream.stop(abort=True)
        left = ""
        for _ in range(60):
            await asyncio.sleep(0.5)
            left = await asyncio.to_thread(self.held)
            if not left:
                break
        if left:
            self.violations.append(f"held after the end: {left}")
        resident = self.proxy.resident()
        if self.plateau and resident > self.plateau * (1 + GROWTH_MAX) + GROWTH_BYTES:
            self.violations.append(f"memory grew from {self.plateau >> 20} to {resident >> 20} MiB")

    def held(self):
        found = []
        for line in self.proxy.ask("/stats?usedonly").splitlines():
            name, _, value = line.rpartition(": ")
            if name.endswith(("downstream_cx_active", "downstream_rq_active", "upstream_cx_active", "upstream_rq_active",
                              "upstream_rq_pending_active", "downstream_pre_cx_active")) and value != "0" \
                    and not name.startswith(("listener.admin", "http.admin")):
                found.append(line)
        sockets = self.proxy.sockets()
        if sum(sockets.values()) > self.sockets + SOCKETS_LEFT:
            found.append(f"sockets {sockets}, {self.sockets} at the start")
        return ", ".join(found[:12])

    def show(self, passed):
        rates = ", ".join(f"{name} {count}" for name, count in sorted(self.load.counts.items()))
        print(f"{passed:.0f} s: {self.proxy.resident() >> 20} MiB, {sum(self.proxy.sockets().values())} sockets, "
              f"{self.changes} changes, {self.failures} upstream failures; {rates}", flush=True)

    def end(self, log):
        code = self.proxy.process.poll()
        if code is None:
            self.proxy.process.send_signal(signal.SIGTERM)
            try:
                code = self.proxy.process.wait(15)
            except subprocess.TimeoutExpired:
                self.proxy.process.kill()
                self.violations.append("the proxy did not end within 15 s of SIGTERM")
            if code not in (0, None):
                self.violations.append(f"the proxy ended with {code} after SIGTERM")
        self.proxy.log.close()
        if self.violations or self.options.keep:
            with open(log, errors="replace") as text:
                print("".join(text.readlines()[-20:]))
            print(f"kept: {self.folder}")
        else:
            shutil.rmtree(self.folder)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--proxy", required=True)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--hours", type=float)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--clients", type=int, default=1, help="scales the number of clients")
    parser.add_argument("--static", action="store_true", help="no changes of configuration")
    parser.add_argument("--keep", action="store_true", help="keep the folder with configuration and log")
    options = parser.parse_args()
    if options.hours:
        options.seconds = options.hours * 3600
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    soak = Soak(options)
    print(f"soak: seed {options.seed}, {options.seconds:.0f} s", flush=True)
    asyncio.run(soak.run())
    soak_counts = sum(count for name, count in soak.load.counts.items() if "xx" in name or "lines" in name)
    for violation in soak.violations[:20]:
        print(f"VIOLATION: {violation}")
    print(f"soak: {soak_counts} answers, {soak.load.counts.get('attacks', 0)} attacks, {soak.changes} changes of "
          f"configuration, {soak.failures} upstream failures, {len(soak.violations)} violations (seed {options.seed})")
    sys.exit(1 if soak.violations else 0)


if __name__ == "__main__":
    main()
