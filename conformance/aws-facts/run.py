#!/usr/bin/env python3
"""Replay AWS's recorded answers and hold the outcome to exceptions.toml.

usage: run.py [arguments of replay.py]

Fails on a failing step that exceptions.toml does not excuse, by its area or by itself, and on an exception of
which every step passes, because it must then go. Settings from the environment as for replay.py.
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


def exceptions():
    """Areas to their reasons, and steps, by scenario and number; an entry that is incomplete or names nothing of the
    cases is an error."""
    scenarios = json.loads((HERE / "cases.json").read_text())["scenarios"]
    areas = {scenario["area"] for scenario in scenarios}
    steps = {(s["id"], number) for s in scenarios for number, _ in enumerate(s["steps"], 1)}
    given = tomllib.loads((HERE / "exceptions.toml").read_text())
    for entry in given.get("area", []):
        if set(entry) != {"area", "reason"} or not entry["reason"] or entry["area"] not in areas:
            sys.exit(f"exceptions.toml: an entry needs an area of the cases and a reason: {entry}")
    for entry in given["step"]:
        known = (entry.get("scenario"), entry.get("step")) in steps
        if set(entry) != {"scenario", "step", "reason"} or not entry["reason"] or not known:
            sys.exit(f"exceptions.toml: an entry needs a step of the cases and a reason: {entry}")
    return (
        {entry["area"]: entry["reason"] for entry in given.get("area", [])},
        {(entry["scenario"], entry["step"]) for entry in given["step"]},
    )


def main():
    excepted, on_purpose = exceptions()
    steps, needless = [], 0
    for step in replay(sys.argv[1:]):
        if (step["scenario"], step["step"]) not in on_purpose:
            steps.append(step)
        elif not step["differences"]:
            print(f"{step['scenario']}, step {step['step']}, passes: remove it from exceptions.toml")
            needless += 1
    for step in steps:
        if step["area"] not in excepted:
            for kind, path, expected, got in step["differences"]:
                where = f"{step['scenario']}, step {step['step']}, {step['op']}"
                print(f"FAIL {where}: {kind} at {path or 'the answer'}: expected {expected}, got {got}")

    outcome = Counter((step["area"], bool(step["differences"])) for step in steps)
    passed = sum(count for (_, differs), count in outcome.items() if not differs)
    failed = needless
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
