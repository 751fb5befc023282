#!/usr/bin/env python3
"""Prints what a changed object cost a control plane: report.py RESULT.json (as meshload writes it)."""
import json
import statistics
import sys


def main():
    with open(sys.argv[1], encoding='utf-8') as file:
        result = json.load(file)
    idle, after, end = result['idle'], result['after_connect'], result['end']
    print(f"\n## {result['services']} services, {result['clients']} {result['proto']} clients")
    print(f"RSS MiB: {idle['rss_mib']:.0f} idle, {after['rss_mib']:.0f} connected, {end['rss_mib']:.0f} at the end; "
          f"connect: {result['connect']['cpu_s']:.2f} CPU s, {result['bytes_per_client_connect'] / 1e6 if 'bytes_per_client_connect' in result else 0:.2f} MB a client")
    print('| change | CPU ms | ms to the last ACK | bytes a client | clients reached | acked |')
    print('|---|---|---|---|---|---|')
    steps = {}
    for step in result['steps']:
        steps.setdefault(step['what'], []).append(step)
    for what, runs in steps.items():
        middle = lambda key: statistics.median(run[key] for run in runs)
        touched = middle('clients_that_received_anything')
        print(f"| {what} | {1000 * middle('cpu_s'):.1f} | {middle('acked_max_ms'):.0f} | "
              f"{middle('bytes_all_clients') / max(touched, 1):.0f} | {touched:.0f} | "
              f"{middle('clients_acked'):.0f} of {middle('clients_expected'):.0f} |")


main()
