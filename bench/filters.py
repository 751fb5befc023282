#!/usr/bin/env python3
"""Prints what each HTTP filter of an Istio sidecar costs: CPU microseconds per request beside a bare connection manager.

    filters.py --lateen out/lateen [--envoy ENVOY] [--rounds N] [--seconds S]
    filters.py --lateen out/lateen --instructions [--seconds S]

All variants of one proxy are measured in turn, round by round; a filter's cost is the median of its differences to the
bare one in the same round. nginx answers 1 KB behind them; wrk asks with 64 kept connections. Istio's own filters are
not part of a stock Envoy. Proxies run on the first core, the rest on the second.

With --instructions it counts, by valgrind's callgrind, the instructions in user mode that a request takes in our native
file: a number that no other load of the machine changes, where microseconds differ by more than a filter costs.
"""
import argparse
import json
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

TYPES = 'type.googleapis.com/'
HTTP = TYPES + 'envoy.extensions.filters.http.'
LOG_FORMAT = ('[%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" %RESPONSE_CODE% %RESPONSE_FLAGS% '
              '%RESPONSE_CODE_DETAILS% %CONNECTION_TERMINATION_DETAILS% "%UPSTREAM_TRANSPORT_FAILURE_REASON%" %BYTES_RECEIVED% '
              '%BYTES_SENT% %DURATION% %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% "%REQ(X-FORWARDED-FOR)%" "%REQ(USER-AGENT)%" '
              '"%REQ(X-REQUEST-ID)%" "%REQ(:AUTHORITY)%" "%UPSTREAM_HOST%" %UPSTREAM_CLUSTER_RAW% %UPSTREAM_LOCAL_ADDRESS% '
              '%DOWNSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_REMOTE_ADDRESS% %REQUESTED_SERVER_NAME% %ROUTE_NAME%\n')


def http_filter(name, kind, **config):
    return {'name': name, 'typed_config': {'@type': kind, **config}}


def rbac():
    anyone = {'and_ids': {'ids': [{'any': True}]}}
    paths = {'and_rules': {'rules': [{'or_rules': {'rules': [{'url_path': {'path': {'prefix': p}}} for p in ('/api/', '/x/')]}}]}}
    return http_filter('envoy.filters.http.rbac', HTTP + 'rbac.v3.RBAC',
                       rules={'action': 'ALLOW', 'policies': {'ns[demo]-policy[a]-rule[0]': {'permissions': [paths], 'principals': [anyone]}}})


def peer_metadata():
    propagation = {'istio_headers': {}}
    return http_filter('istio.peer_metadata', TYPES + 'udpa.type.v1.TypedStruct', type_url=TYPES + 'io.istio.http.peer_metadata.Config',
                       value={'downstream_discovery': [propagation], 'downstream_propagation': [propagation]})


# name, HTTP filters, access loggers, only ours
VARIANTS = [
    ('bare', [], False, False),
    ('rbac', [rbac()], False, False),
    ('grpc_stats', [http_filter('envoy.filters.http.grpc_stats', HTTP + 'grpc_stats.v3.FilterConfig', emit_filter_state=True)], False, False),
    ('fault', [http_filter('envoy.filters.http.fault', HTTP + 'fault.v3.HTTPFault')], False, False),
    ('cors', [http_filter('envoy.filters.http.cors', HTTP + 'cors.v3.Cors')], False, False),
    ('access log', [], True, False),
    ('istio.alpn', [http_filter('istio.alpn', TYPES + 'istio.envoy.config.filter.http.alpn.v2alpha1.FilterConfig', alpn_override=[
        {'upstream_protocol': 'HTTP11', 'alpn_override': ['istio-http/1.1', 'istio', 'http/1.1']}])], False, True),
    ('istio.peer_metadata', [peer_metadata()], False, True),
    ('istio.stats', [http_filter('istio.stats', TYPES + 'stats.PluginConfig')], False, True),
]


def bootstrap(port, backend, filters, logs, work):
    manager = {
        '@type': TYPES + 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
        'stat_prefix': 'bench',
        'route_config': {'name': 'all', 'virtual_hosts': [{'name': 'all', 'domains': ['*'], 'routes': [
            {'name': 'default', 'match': {'prefix': '/'}, 'route': {'cluster': 'backend', 'timeout': '0s'}}]}]},
        'http_filters': [*filters, http_filter('envoy.filters.http.router', HTTP + 'router.v3.Router')],
    }
    if logs:
        manager['access_log'] = [{'name': 'envoy.access_loggers.file', 'typed_config': {
            '@type': TYPES + 'envoy.extensions.access_loggers.file.v3.FileAccessLog', 'path': f'{work}/{port}.log',
            'log_format': {'text_format_source': {'inline_string': LOG_FORMAT}}}}]
    return {
        'node': {'id': 'sidecar~10.0.0.1~echo-1.demo~demo.svc.cluster.local', 'cluster': 'echo.demo', 'metadata': {
            'NAMESPACE': 'demo', 'WORKLOAD_NAME': 'echo', 'LABELS': {'app': 'echo', 'version': 'v1'}, 'MESH_ID': 'cluster.local',
            'CLUSTER_ID': 'Kubernetes', 'OWNER': 'kubernetes://apis/apps/v1/namespaces/demo/deployments/echo'}},
        'static_resources': {
            'listeners': [{'name': 'in', 'traffic_direction': 'INBOUND', 'address': address(port), 'filter_chains': [{'filters': [
                {'name': 'envoy.filters.network.http_connection_manager', 'typed_config': manager}]}]}],
            'clusters': [{'name': 'backend', 'connect_timeout': '1s', 'type': 'STATIC', 'load_assignment': {
                'cluster_name': 'backend', 'endpoints': [{'lb_endpoints': [{'endpoint': {'address': address(backend)}}]}]}}]}}


def address(port):
    return {'socket_address': {'address': '127.0.0.1', 'port_value': port}}


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for s in sockets:
        s.bind(('127.0.0.1', 0))
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def wait_for(port, process, what):
    for _ in range(200):
        if process.poll() is not None:
            sys.exit(f'filters: {what} ended: {process.stderr.read().decode()[-400:] if process.stderr else ""}')
        try:
            socket.create_connection(('127.0.0.1', port), 0.2).close()
            return
        except OSError:
            time.sleep(0.05)
    sys.exit(f'filters: {what} does not listen on port {port}')


def start_backend(port, work):
    conf = f'{work}/nginx.conf'
    with open(conf, 'w', encoding='utf-8') as f:
        f.write(f'worker_processes 1; pid {work}/nginx.pid; daemon off; error_log {work}/nginx.err; events {{}}\n'
                f'http {{ access_log off; keepalive_requests 100000000; server {{ listen 127.0.0.1:{port}; '
                f'location / {{ return 200 "{"x" * 1024}"; }} }} }}\n')
    process = subprocess.Popen(['taskset', '-c', '1', 'nginx', '-c', conf], stderr=subprocess.PIPE)
    wait_for(port, process, 'nginx')
    return process


def ticks(pid):
    with open(f'/proc/{pid}/stat', encoding='utf-8') as f:
        fields = f.read().rsplit(')', 1)[1].split()
    return int(fields[11]) + int(fields[12])


def ask(port, seconds):
    """Requests answered with 200."""
    out = subprocess.run(['taskset', '-c', '1', 'wrk', '-t1', '-c64', f'-d{seconds}', f'http://127.0.0.1:{port}/api/v1/items?id=1'],
                         check=True, capture_output=True, text=True).stdout
    bad = re.search(r'Non-2xx or 3xx responses: (\d+)', out)
    if bad:
        sys.exit(f'filters: {bad[1]} requests were not answered with 200')
    return int(re.search(r'(\d+) requests in', out)[1])


def measure(name, command, options, backend, work):
    variants = [v for v in VARIANTS if name == 'lateen' or not v[3]]
    running = []
    try:
        for (label, filters, logs, _), port in zip(variants, free_ports(len(variants))):
            conf = f'{work}/{name}-{port}.json'
            with open(conf, 'w', encoding='utf-8') as f:
                json.dump(bootstrap(port, backend, filters, logs, work), f)
            process = subprocess.Popen(['taskset', '-c', '0', *command, '-c', conf, '--concurrency', '1', '--disable-hot-restart', '-l', 'error'],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            running.append((label, port, process))
            wait_for(port, process, f'{name} with {label}')
        for _, port, _ in running:
            ask(port, options.warm)
        samples = {label: [] for label, _, _ in running}
        for _ in range(options.rounds):
            for label, port, process in running:
                before = ticks(process.pid)
                count = ask(port, options.seconds)
                samples[label].append((ticks(process.pid) - before) * 1e6 / os.sysconf('SC_CLK_TCK') / count)
        return samples
    finally:
        for _, _, process in running:
            process.send_signal(signal.SIGKILL)
            process.wait()


def count(options, backend, work):
    """Instructions of one request by variant."""
    counted = {}
    for (label, filters, logs, _), port in zip(VARIANTS, free_ports(len(VARIANTS))):
        conf = f'{work}/count-{port}.json'
        with open(conf, 'w', encoding='utf-8') as f:
            json.dump(bootstrap(port, backend, filters, logs, work), f)
        # The collector's address range must fit beside valgrind.
        process = subprocess.Popen(
            ['valgrind', '--tool=callgrind', '--instr-atstart=no', f'--callgrind-out-file={work}/callgrind.{port}',
             options.lateen, 'proxy', '-c', conf, '--concurrency', '1', '--disable-hot-restart', '-l', 'error'],
            env={**os.environ, 'DOTNET_GCRegionRange': '100000000'}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        try:
            wait_for(port, process, f'lateen with {label}')
            ask(port, options.warm)
            subprocess.run(['callgrind_control', '-i', 'on', str(process.pid)], check=True, capture_output=True)
            requests = ask(port, options.seconds)
            subprocess.run(['callgrind_control', '-i', 'off', str(process.pid)], check=True, capture_output=True)
        finally:
            process.terminate()
        collected = re.search(r'Collected : (\d+)', process.communicate()[1].decode())
        counted[label] = int(collected[1]) / requests
    return counted


def tell_counts(counted):
    print('instructions in user mode per request; a filter: what it adds to bare\n\n| filter | lateen |\n|---|---|')
    for label, value in counted.items():
        print(f'| {label} | {value if label == "bare" else value - counted["bare"]:.0f} |')


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--lateen', required=True)
    parser.add_argument('--envoy')
    parser.add_argument('--rounds', type=int, default=5)
    parser.add_argument('--seconds', type=int, default=2)
    parser.add_argument('--warm', type=int, default=3)
    parser.add_argument('--instructions', action='store_true')
    parser.add_argument('--out', help='samples as JSON')
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        backend_port = free_ports(1)[0]
        backend = start_backend(backend_port, work)
        try:
            if options.instructions:
                tell_counts(count(options, backend_port, work))
                return
            results = {'lateen': measure('lateen', [options.lateen, 'proxy'], options, backend_port, work)}
            if options.envoy:
                results['envoy'] = measure('envoy', [options.envoy], options, backend_port, work)
        finally:
            backend.terminate()
            backend.wait()
    if options.out:
        with open(options.out, 'w', encoding='utf-8') as f:
            json.dump(results, f)
    print('CPU us per request; a filter: the median of its differences to bare, in brackets least and most\n')
    print(f'| filter | {" | ".join(results)} |\n|---|{"---|" * len(results)}')
    for label, *_ in VARIANTS:
        print(f'| {label} | {" | ".join(cell(samples, label) for samples in results.values())} |')


def cell(samples, label):
    if label not in samples:
        return '-'
    values = samples[label] if label == 'bare' else [a - b for a, b in zip(samples[label], samples['bare'])]
    return f'{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})'


main()
