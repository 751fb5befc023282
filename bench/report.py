#!/usr/bin/env python3
"""Prints what one changed object cost a control plane, beside istiod's recorded figures.

    report.py --istiod results-istiod.tsv FOLDER...

A folder holds cold.json and warm.json, what meshload wrote in its first and second run against one control plane, and
cold.log and warm.log, what the control plane logged meanwhile: the queries of each push stand there.
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


def load(folder, name):
    with open(os.path.join(folder, name + '.json'), encoding='utf-8') as file:
        return json.load(file)


def by_step(result):
    steps = {}
    for step in result['steps'] or []:
        steps.setdefault(step['what'], []).append(step)
    return steps


def cpu_ms(runs):
    # A thread that ends takes its time out of the sum of the threads: such a run says nothing.
    found = [run['cpu_s'] for run in runs if run['cpu_s'] > 0]
    return 1000 * statistics.median(found) if found else None


def report(folder, istiod_file):
    cold, warm = load(folder, 'cold'), load(folder, 'warm')
    services, clients = warm['services'], warm['clients']
    istiod = recorded(istiod_file, services, clients)
    theirs = lambda step, key, factor=1: istiod[step][key] * factor if step in istiod else None
    print(f"\n## {services} services, {clients} {warm['proto']} clients")
    print('| step | queries run | CPU ms | of the first one | istiod | ms to the last ACK | istiod '
          '| bytes a client | istiod | clients reached | acked |')
    print('|---|---|---|---|---|---|---|---|---|---|---|')
    queries = queries_by_step(os.path.join(folder, 'warm.log'), warm['steps'] or [])
    first = by_step(cold)
    for what, runs in by_step(warm).items():
        if what == 'none':
            continue
        middle = lambda key, runs=runs: statistics.median(run[key] for run in runs)
        reached = middle('clients_that_received_anything')
        their_bytes = theirs(what, 'bytes')
        run = statistics.median(queries[what]) if what in queries else None
        print(f"| {NAMES.get(what, what)} | {number(run)} | {number(cpu_ms(runs), 1)} | {number(cpu_ms(first.get(what, [])), 1)} "
              f"| {number(theirs(what, 'cpu_s', 1000))} "
              f"| {number(middle('acked_max_ms'))} | {number(theirs(what, 'max_ms'))} "
              f"| {number(middle('bytes_all_clients') / max(reached, 1))} "
              f"| {number(None if their_bytes is None else their_bytes / max(istiod[what]['reached'], 1))} "
              f"| {number(reached)} | {number(middle('clients_acked'))} of {number(middle('clients_expected'))} |")
    idle = [run for run in by_step(warm).get('none', [])]
    rows = [
        ('connect, CPU ms a client', [1000 * r['connect']['cpu_s'] / clients for r in (cold, warm)], theirs('connect', 'cpu_s', 1000 / clients), 1),
        ('connect, last client ready, ms', [r['ready_max_ms'] for r in (cold, warm)], theirs('connect', 'max_ms'), 0),
        ('connect, kB a client', [r['bytes_per_client_connect'] / 1000 for r in (cold, warm)], theirs('connect', 'bytes', 0.001 / clients), 0),
        ('RSS MiB, before any client', [cold['idle']['rss_mib'], None], None, 0),
        ('RSS MiB, connected', [r['after_connect']['rss_mib'] for r in (cold, warm)], theirs('connect', 'rss_mib'), 0),
        ('RSS MiB, at the end', [r['end']['rss_mib'] for r in (cold, warm)], theirs('ap', 'rss_mib'), 0),
        ('RSS MiB, peak', [r['end']['rss_peak_mib'] for r in (cold, warm)], theirs('ap', 'rss_peak_mib'), 0),
        ('idle with all clients, CPU ms in 1.5 s', [None, min([1000 * max(run['cpu_s'], 0) for run in idle] or [0])], 30, 1),
    ]
    print('\n| | first run | second run | istiod |')
    print('|---|---|---|---|')
    for name, ours, istiods, digits in rows:
        print(f"| {name} | {number(ours[0], digits)} | {number(ours[1], digits)} | {number(istiods)} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--istiod', help='recorded steps of istiod, tab separated')
    parser.add_argument('folders', nargs='+', metavar='FOLDER')
    options = parser.parse_args()
    for folder in options.folders:
        report(folder, options.istiod)


main()
