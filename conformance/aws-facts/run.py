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
    """Steps of a replay, as replay.py reports them; its own output passes through."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        subprocess.run([sys.executable, HERE / "replay.py", "--json", report, *arguments], check=False)
        if not report.exists():
            sys.exit("the replay ended without a report")
        return json.loads(report.read_text())["steps"]


def excepted_areas(known):
    """Area to reason; an entry that is incomplete or names no area of the cases is an error."""
    entries = tomllib.loads((HERE / "exceptions.toml").read_text()).get("exception", [])
    for entry in entries:
        if set(entry) != {"area", "reason"} or not entry["reason"] or entry["area"] not in known:
            sys.exit(f"exceptions.toml: an entry needs an area of the cases and a reason: {entry}")
    return {entry["area"]: entry["reason"] for entry in entries}


def main():
    steps = replay(sys.argv[1:])
    known = {scenario["area"] for scenario in json.loads((HERE / "cases.json").read_text())["scenarios"]}
    excepted = excepted_areas(known)

    outcome = Counter((step["area"], bool(step["differences"])) for step in steps)
    passed = sum(count for (_, differs), count in outcome.items() if not differs)
    failed = 0
    for area in sorted({area for area, _ in outcome}):
        good, bad = outcome[area, False], outcome[area, True]
        if area not in excepted:
            failed += bad
        elif bad:
            print(f"excepted: {area}, {good} of {good + bad} steps pass: {excepted[area]}")
        else:
            print(f"exceptions.toml: every step of {area} passes; remove its exception")
            failed += 1
    print(f"{passed} passed, {failed} failed")
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
