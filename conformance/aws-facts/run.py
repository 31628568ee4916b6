#!/usr/bin/env python3
"""Replay AWS's recorded answers and hold the outcome to exceptions.toml.

usage: run.py [arguments of replay.py]

Fails on a failing step outside the areas that exceptions.toml names, and on an area named there of which
every step passes, because its exception must then go. Settings from the environment as for replay.py.
"""

import json
import subprocess
import sys
import tempfile
import tomllib
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent


def replay(arguments):
    """Steps of a replay, as replay.py reports them."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        command = [sys.executable, HERE / "replay.py", "--json", report, "--verbose", *arguments]
        said = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False).stdout
        if not report.exists():
            sys.exit(f"the replay ended without a report; it said:\n{said}")
        return json.loads(report.read_text())["steps"]


def excepted_areas():
    """Area to reason; an entry that is incomplete or names no area of the cases is an error."""
    known = {scenario["area"] for scenario in json.loads((HERE / "cases.json").read_text())["scenarios"]}
    entries = tomllib.loads((HERE / "exceptions.toml").read_text()).get("exception", [])
    for entry in entries:
        if set(entry) != {"area", "reason"} or not entry["reason"] or entry["area"] not in known:
            sys.exit(f"exceptions.toml: an entry needs an area of the cases and a reason: {entry}")
    return {entry["area"]: entry["reason"] for entry in entries}


def main():
    excepted = excepted_areas()
    steps = replay(sys.argv[1:])
    for step in steps:
        if step["area"] not in excepted:
            for kind, path, expected, got in step["differences"]:
                where = f"{step['scenario']}, step {step['step']}, {step['op']}"
                print(f"FAIL {where}: {kind} at {path or 'the answer'}: expected {expected}, got {got}")

    outcome = Counter((step["area"], bool(step["differences"])) for step in steps)
    passed = sum(count for (_, differs), count in outcome.items() if not differs)
    failed = 0
    for area in sorted({area for area, _ in outcome}):
        good, bad = outcome[area, False], outcome[area, True]
        print(f"  {area:14} {good:4} of {good + bad:4}", end="")
        if area not in excepted:
            print()
            failed += bad
        elif bad:
            print(f"  excepted: {excepted[area]}")
        else:
            print("  every step passes: remove its exception from exceptions.toml")
            failed += 1
    print(f"{passed} passed, {failed} failed")
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
