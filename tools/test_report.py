#!/usr/bin/python3
"""Prints what a run of tools/test did, from the event files that Bazel wrote.

    test_report.py RUN=EVENTS.json [RUN=EVENTS.json ...]

RUN names the configuration ("default", "asan", ...). Counts the test cases in
every test.xml, cached results too. The last line is `N passed, N failed`. Exits
with 1 if a test failed, a target did not build or no test ran.
"""

import collections
import json
import os
import sys
import urllib.parse
import xml.etree.ElementTree

SUITES = ("unit", "e2e", "crash", "boundary", "leak")
ORDER = SUITES + ("build",)


class Target:
    """One target of one run, as far as it got."""

    def __init__(self, run, label):
        self.run = run
        self.label = label
        self.is_test = False
        self.suite = "unit"
        self.completed = None  # None: no word about it; else whether it built
        self.reason = ""
        # (shard, run) -> the last attempt, so that a retry replaces a failure.
        self.results = {}

    def suite_name(self):
        suite = self.suite if self.is_test else "build"
        return suite if self.run == "default" else f"{self.run}/{suite}"


class Verdict:
    """What is printed about a target."""

    def __init__(self, state, passed=0, failed=0, skipped=0, seconds=0.0, notes=()):
        self.state = state
        self.passed = passed
        self.failed = failed
        self.skipped = skipped
        self.seconds = seconds
        self.notes = list(notes)


def read_events(run, path, targets):
    """Adds the targets of one event file. Returns whether Bazel finished."""
    finished = False
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            try:
                event = json.loads(line)
            except json.JSONDecodeError:
                break  # Bazel was stopped while it wrote
            kind, key = next(iter(event["id"].items()), ("", {}))
            label = key.get("label", "") if isinstance(key, dict) else ""
            if label:
                target = targets.setdefault((run, label), Target(run, label))
            if kind == "targetConfigured":
                configured = event.get("configured", {})
                target.is_test = "_test rule" in configured.get("targetKind", "")
                for tag in configured.get("tag", []):
                    if tag in SUITES:
                        target.suite = tag
                if "aborted" in event:
                    target.completed = False
                    target.reason = event["aborted"].get("description", "")
            elif kind == "targetCompleted":
                completed = event.get("completed", {})
                target.completed = completed.get("success", False)
                target.reason = completed.get("failureDetail", {}).get("message", "")
            elif kind == "testResult":
                place = (key.get("shard", 1), key.get("run", 1))
                target.is_test = True
                target.results[place] = event.get("testResult", {})
            elif kind == "unconfiguredLabel" or kind == "pattern":
                if "aborted" in event:
                    name = label or " ".join(key.get("pattern", ["//..."]))
                    target = targets.setdefault((run, name), Target(run, name))
                    target.completed = False
                    target.reason = event["aborted"].get("description", "")
            elif kind == "buildFinished":
                finished = True
    return finished


def count_cases(path):
    """(passed, failed, skipped, names of the failed) of a test.xml, or None."""
    try:
        root = xml.etree.ElementTree.parse(path).getroot()
    except (OSError, xml.etree.ElementTree.ParseError):
        return None
    passed, failed, skipped, names = 0, 0, 0, []
    for case in root.iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None:
            failed += 1
            suite = case.get("classname")
            names.append(f"{suite}.{case.get('name')}" if suite else case.get("name", ""))
        elif (
            case.find("skipped") is not None
            or case.get("status") == "notrun"
            or case.get("result") == "skipped"
        ):
            skipped += 1
        else:
            passed += 1
    return passed, failed, skipped, names


def judge_test(target):
    """The verdict on a test that ran."""
    verdict = Verdict("passed")
    cached = True
    for result in target.results.values():
        outputs = {
            output.get("name"): urllib.parse.unquote(
                urllib.parse.urlparse(output.get("uri", "")).path
            )
            for output in result.get("testActionOutput", [])
        }
        status = result.get("status", "NO_STATUS")
        verdict.seconds += int(result.get("testAttemptDurationMillis", 0)) / 1000
        cached = cached and (
            result.get("cachedLocally", False)
            or result.get("executionInfo", {}).get("cachedRemotely", False)
        )
        counts = count_cases(outputs.get("test.xml", ""))
        passed, failed, skipped, names = counts or (int(status == "PASSED"), 0, 0, [])
        if status != "PASSED" and failed == 0:
            # It crashed, hung or failed outside its cases.
            failed = 1
            names = [status.lower().replace("_", " ")]
        verdict.passed += passed
        verdict.failed += failed
        verdict.skipped += skipped
        if failed:
            verdict.notes += names[:20] + ["log: " + outputs.get("test.log", "none")]
    if verdict.failed:
        verdict.state = "FAILED"
    elif cached:
        verdict.state = "cached"
    return verdict


def judge(target):
    """The verdict on a target, or None if there is nothing to say."""
    if target.results:
        return judge_test(target)
    if target.completed is False or (target.is_test and target.completed is None):
        note = target.reason.strip().splitlines()[:1]
        return Verdict("NOT BUILT", failed=1, notes=note)
    if target.is_test:
        return Verdict("NOT RUN", failed=1)
    return None


def print_row(columns, widths):
    cells = [
        str(column).ljust(width) if index in (0, 1, 2) else str(column).rjust(width)
        for index, (column, width) in enumerate(zip(columns, widths))
    ]
    print("  ".join(cells).rstrip())


def print_table(rows):
    widths = [max(len(str(row[i])) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        print_row(row, widths)


def suite_order(name):
    run, _, suite = name.rpartition("/")
    return (run, ORDER.index(suite))


def report(targets, finished):
    """Prints everything. Returns the exit status."""
    verdicts = collections.defaultdict(list)
    for target in targets.values():
        verdict = judge(target)
        if verdict is not None:
            verdicts[target.suite_name()].append((target.label, verdict))

    rows = [("suite", "result", "target", "passed", "failed", "skipped", "seconds")]
    summary = [("suite", "result", "", "passed", "failed", "skipped", "seconds")]
    failures = []
    passed = failed = 0
    for suite in sorted(verdicts, key=suite_order):
        sums = Verdict("")
        for label, verdict in sorted(verdicts[suite]):
            rows.append(
                (
                    suite,
                    verdict.state,
                    label,
                    verdict.passed,
                    verdict.failed,
                    verdict.skipped or "",
                    f"{verdict.seconds:.1f}",
                )
            )
            sums.passed += verdict.passed
            sums.failed += verdict.failed
            sums.skipped += verdict.skipped
            sums.seconds += verdict.seconds
            if verdict.failed:
                failures.append((label, verdict))
        summary.append(
            (
                suite,
                "FAILED" if sums.failed else "passed",
                f"{len(verdicts[suite])} targets",
                sums.passed,
                sums.failed,
                sums.skipped or "",
                f"{sums.seconds:.1f}",
            )
        )
        passed += sums.passed
        failed += sums.failed

    print()
    print_table(rows)
    print()
    print_table(summary)
    if failures:
        print()
    for label, verdict in failures:
        print(f"{verdict.state}: {label}")
        for note in verdict.notes:
            print(f"    {note}")
    print()
    if not finished:
        print("Bazel did not finish: its own words are above.")
        failed = max(failed, 1)
    elif passed + failed == 0:
        print("No test ran.")
    print(f"{passed} passed, {failed} failed")
    return 0 if failed == 0 and passed > 0 else 1


def main(arguments):
    targets = {}
    finished = bool(arguments)
    for argument in arguments:
        run, _, path = argument.partition("=")
        finished = os.path.exists(path) and read_events(run, path, targets) and finished
    return report(targets, finished)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
