#!/usr/bin/env python3
"""Prints what one changed object cost a control plane, beside istiod's recorded figures.

    report.py --istiod results-istiod.tsv RESULT.json LOG [RESULT.json LOG ...]

RESULT.json is what meshload wrote, LOG what the control plane logged meanwhile: the queries of each push stand there.
"""
import argparse
import csv
import datetime
import json
import os
import re
import statistics

NAMES = {'ep': 'endpoint', 'vs': 'VirtualService', 'dr': 'DestinationRule', 'svc': 'new service', 'ap': 'AuthorizationPolicy'}
PUSH = re.compile(r'^(\S+)\s.*push: \d+ objects, \d+ resources changed, (\d+) queries run')
STEP_GAP = 1.0  # seconds: meshload waits longer between two changes than a change's pushes are apart


def queries_by_step(log, steps):
    """Queries run for each change: pushes that follow each other closely belong to one."""
    groups, last = [], None
    with open(log, encoding='utf-8') as lines:
        for line in lines:
            match = PUSH.match(line)
            if not match:
                continue
            at = datetime.datetime.fromisoformat(match[1].replace('Z', '+00:00')[:26] + '+00:00').timestamp()
            if last is None or at - last > STEP_GAP:
                groups.append(0)
            groups[-1] += int(match[2])
            last = at
    changes = [step['what'] for step in steps if step['what'] != 'none']
    if len(groups) < len(changes):
        return {}
    queries = {}
    for what, count in zip(changes, groups):
        queries.setdefault(what, []).append(count)
    return queries


def recorded(path, services, clients):
    """istiod's medians by step; empty where the file is absent."""
    rows = {}
    if path and os.path.exists(path):
        with open(path, encoding='utf-8') as file:
            for row in csv.DictReader(file, delimiter='\t'):
                if (row['services'], row['clients'], row['proto']) == (str(services), str(clients), 'delta') \
                        and row['variant'].startswith('gate off'):
                    rows.setdefault(row['step'], []).append(row)
    return {step: {key: statistics.median(float(row[key] or 0) for row in found)
                   for key in ('max_ms', 'cpu_s', 'bytes', 'reached', 'rss_mib', 'rss_peak_mib')}
            for step, found in rows.items()}


def number(value, digits=0):
    return '-' if value is None else f'{value:,.{digits}f}'


def report(result, log, istiod_file):
    services, clients = result['services'], result['clients']
    istiod = recorded(istiod_file, services, clients)
    theirs = lambda step, key, factor=1: istiod[step][key] * factor if step in istiod else None
    print(f"\n## {services} services, {clients} {result['proto']} clients")
    print('| step | queries run | CPU ms | istiod | ms to the last ACK | istiod | bytes a client | istiod | clients reached | acked |')
    print('|---|---|---|---|---|---|---|---|---|---|')
    steps = result['steps'] or []
    queries = queries_by_step(log, steps)
    by_step = {}
    for step in steps:
        by_step.setdefault(step['what'], []).append(step)
    for what, runs in by_step.items():
        if what == 'none':
            continue
        middle = lambda key, runs=runs: statistics.median(run[key] for run in runs)
        # A thread that ends takes its time out of the sum of the threads: such a run says nothing.
        cpu = statistics.median([run['cpu_s'] for run in runs if run['cpu_s'] > 0] or [0])
        reached = middle('clients_that_received_anything')
        their_bytes = theirs(what, 'bytes')
        run = statistics.median(queries[what]) if what in queries else None
        print(f"| {NAMES.get(what, what)} | {number(run)} | {number(1000 * cpu, 1)} | {number(theirs(what, 'cpu_s', 1000))} "
              f"| {number(middle('acked_max_ms'))} | {number(theirs(what, 'max_ms'))} "
              f"| {number(middle('bytes_all_clients') / max(reached, 1))} "
              f"| {number(None if their_bytes is None else their_bytes / max(istiod[what]['reached'], 1))} "
              f"| {number(reached)} | {number(middle('clients_acked'))} of {number(middle('clients_expected'))} |")
    connect, idle, after, end = result['connect'], result['idle'], result['after_connect'], result['end']
    print()
    print('| | Lateen | istiod |')
    print('|---|---|---|')
    print(f"| connect, CPU ms a client | {number(1000 * connect['cpu_s'] / clients, 1)} | {number(theirs('connect', 'cpu_s', 1000 / clients))} |")
    print(f"| connect, last client ready, ms | {number(result['ready_max_ms'])} | {number(theirs('connect', 'max_ms'))} |")
    print(f"| connect, kB a client | {number(result['bytes_per_client_connect'] / 1000)} | {number(theirs('connect', 'bytes', 0.001 / clients))} |")
    print(f"| RSS MiB, connected | {number(after['rss_mib'])} | {number(theirs('connect', 'rss_mib'))} |")
    print(f"| RSS MiB, at the end | {number(end['rss_mib'])} | {number(theirs('ap', 'rss_mib'))} |")
    print(f"| RSS MiB, peak | {number(end['rss_peak_mib'])} | {number(theirs('ap', 'rss_peak_mib'))} |")
    print(f"| RSS MiB, before any client | {number(idle['rss_mib'])} | - |")
    if 'none' in by_step:
        idles = [max(step['cpu_s'], 0) for step in by_step['none']]
        print(f"| idle with all clients, CPU ms in 1.5 s | {number(1000 * statistics.median(idles), 1)} | 20-40 |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--istiod', help='recorded steps of istiod, tab separated')
    parser.add_argument('files', nargs='+', metavar='RESULT.json LOG')
    options = parser.parse_args()
    for i in range(0, len(options.files), 2):
        with open(options.files[i], encoding='utf-8') as file:
            report(json.load(file), options.files[i + 1], options.istiod)


main()
