#!/usr/bin/python3
"""ratios.py PROXIES.json: each proxy's CPU per request over HAProxy's and over Envoy's of the same round; median and quartiles.

A machine whose speed drifts moves all proxies of a round alike, so these ratios are steadier than those of the medians.
"""
import json
import statistics
import sys


def of_rounds(mine, other):
    """Ratios of the rounds that both have."""
    return [a["us"] / b["us"] for a, b in zip(mine, other) if a and b and a.get("us") and b.get("us")]


def text(ratios):
    if not ratios:
        return "-"
    if len(ratios) < 4:
        return f"{statistics.median(ratios):.2f}"
    low, middle, high = statistics.quantiles(ratios, n=4)
    return f"{middle:.2f} ({low:.2f}-{high:.2f})"


def main(path):
    with open(path) as file:
        phases = json.load(file)
    for phase, proxies in phases.items():
        rounds = {name: runs for name, runs in proxies.items() if isinstance(runs, list) and runs} \
            if isinstance(proxies, dict) else {}
        if not any(isinstance(run, dict) and run.get("us") for runs in rounds.values() for run in runs):
            continue
        print(f"\n### {phase}: CPU per request over that of the same round, median (quartiles)")
        print("| proxy | x haproxy | x envoy with the same configuration |\n|---|---|---|")
        for name, runs in rounds.items():
            envoy = "envoy" + name.removeprefix("lateen") if name.startswith("lateen") else "envoy"
            print(f"| {name} | {text(of_rounds(runs, rounds.get('haproxy', [])))} "
                  f"| {text(of_rounds(runs, rounds.get(envoy, [])))} |")


main(sys.argv[1])
