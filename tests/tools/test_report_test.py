#!/usr/bin/python3
"""tools/test_report.py counts what ran and never takes a broken run for a good one."""

import json
import os
import subprocess
import tempfile
import unittest

import xml_unittest

REPORT = os.path.abspath("tools/test_report.py")

PASSED = '<testcase name="A" status="run" classname="S"/>'
FAILED = '<testcase name="B" status="run" classname="S"><failure message="no"/></testcase>'
SKIPPED = '<testcase name="C" status="run" result="skipped" classname="S"><skipped/></testcase>'


class TestReportTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.events = []

    def configured(self, label, kind="cc_test rule", tags=()):
        self.events.append(
            {
                "id": {"targetConfigured": {"label": label}},
                "configured": {"targetKind": kind, "tag": list(tags)},
            }
        )

    def completed(self, label, success=True):
        self.events.append(
            {"id": {"targetCompleted": {"label": label}}, "completed": {"success": success}}
        )

    def ran(self, label, *cases, status="PASSED", attempt=1, cached=False):
        xml = os.path.join(self.folder, f"{len(self.events)}.xml")
        if cases:
            with open(xml, "w", encoding="utf-8") as file:
                file.write(f"<testsuites><testsuite>{''.join(cases)}</testsuite></testsuites>")
        self.events.append(
            {
                "id": {"testResult": {"label": label, "run": 1, "attempt": attempt}},
                "testResult": {
                    "status": status,
                    "cachedLocally": cached,
                    "testAttemptDurationMillis": "1500",
                    "testActionOutput": [{"name": "test.xml", "uri": f"file://{xml}"}],
                },
            }
        )

    def report(self, finished=True):
        """(exit status, last line, whole output)."""
        if finished:
            self.events.append({"id": {"buildFinished": {}}, "finished": {}})
        path = os.path.join(self.folder, "events.json")
        with open(path, "w", encoding="utf-8") as file:
            file.writelines(json.dumps(event) + "\n" for event in self.events)
        done = subprocess.run(
            ["/usr/bin/python3", REPORT, f"default={path}"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout.splitlines()[-1], done.stdout

    def good_test(self, label="//base:a_test", **kwargs):
        self.configured(label, tags=kwargs.pop("tags", ()))
        self.completed(label)
        self.ran(label, PASSED, PASSED, **kwargs)

    def test_passed_cases_are_counted(self):
        self.good_test()
        self.good_test("//base:b_test")
        self.assertEqual(self.report()[:2], (0, "4 passed, 0 failed"))

    def test_cached_cases_are_counted(self):
        self.good_test(cached=True)
        status, last, output = self.report()
        self.assertEqual((status, last), (0, "2 passed, 0 failed"))
        self.assertIn("cached", output)

    def test_tag_names_the_suite(self):
        self.good_test("//tests:a_test", tags=["e2e"])
        self.assertRegex(self.report()[2], r"(?m)^e2e +passed +//tests:a_test +2 ")

    def test_skipped_cases_are_neither(self):
        self.configured("//base:a_test")
        self.ran("//base:a_test", PASSED, SKIPPED)
        self.assertEqual(self.report()[:2], (0, "1 passed, 0 failed"))

    def test_failed_case_fails_the_run_and_is_named(self):
        self.good_test()
        self.configured("//base:b_test")
        self.ran("//base:b_test", PASSED, FAILED, status="FAILED")
        status, last, output = self.report()
        self.assertEqual((status, last), (1, "3 passed, 1 failed"))
        self.assertIn("S.B", output)

    def test_crash_without_a_failed_case_counts_as_failed(self):
        self.configured("//base:a_test")
        self.ran("//base:a_test", PASSED, status="FAILED")
        self.assertEqual(self.report()[:2], (1, "1 passed, 1 failed"))

    def test_target_without_cases_counts_as_one(self):
        self.configured("//base:a_test")
        self.ran("//base:a_test")
        self.assertEqual(self.report()[:2], (0, "1 passed, 0 failed"))

    def test_retry_replaces_the_failure(self):
        self.configured("//base:a_test")
        self.ran("//base:a_test", FAILED, status="FAILED", attempt=1)
        self.ran("//base:a_test", PASSED, attempt=2)
        self.assertEqual(self.report()[:2], (0, "1 passed, 0 failed"))

    def test_test_that_does_not_build_fails_the_run(self):
        self.good_test()
        self.configured("//base:b_test")
        self.completed("//base:b_test", success=False)
        self.assertEqual(self.report()[:2], (1, "2 passed, 1 failed"))

    def test_library_that_does_not_build_fails_the_run(self):
        self.good_test()
        self.configured("//base:a", kind="cc_library rule")
        self.completed("//base:a", success=False)
        self.assertEqual(self.report()[:2], (1, "2 passed, 1 failed"))

    def test_test_that_never_ran_fails_the_run(self):
        self.good_test()
        self.configured("//base:b_test")
        self.completed("//base:b_test")
        self.assertEqual(self.report()[:2], (1, "2 passed, 1 failed"))

    def test_no_test_at_all_fails_the_run(self):
        self.configured("//base:a", kind="cc_library rule")
        self.completed("//base:a")
        self.assertEqual(self.report()[:2], (1, "0 passed, 0 failed"))

    def test_bazel_that_did_not_finish_fails_the_run(self):
        self.good_test()
        self.assertEqual(self.report(finished=False)[:2], (1, "2 passed, 1 failed"))

    def test_package_that_does_not_load_fails_the_run(self):
        self.good_test()
        self.events.append(
            {
                "id": {"pattern": {"pattern": ["//..."]}},
                "aborted": {"reason": "LOADING_FAILURE", "description": "no such package"},
            }
        )
        status, last, output = self.report()
        self.assertEqual((status, last), (1, "2 passed, 1 failed"))
        self.assertIn("no such package", output)


if __name__ == "__main__":
    xml_unittest.main()
