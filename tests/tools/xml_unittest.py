"""Runs unittest and writes the test.xml that Bazel and tools/test read.

At the end of a test: `xml_unittest.main()`. Without it the whole file would count as
one test case.
"""

import os
import sys
import time
import unittest
import xml.etree.ElementTree as ElementTree


class _Result(unittest.TextTestResult):
    """Remembers every test with its outcome."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.cases = ElementTree.Element("testsuite")
        self._started = 0.0

    def startTest(self, test):
        self._started = time.monotonic()
        super().startTest(test)

    def _add(self, test, outcome=None, message=""):
        module, _, name = test.id().rpartition(".")
        case = ElementTree.SubElement(
            self.cases,
            "testcase",
            name=name,
            classname=module.rpartition(".")[2],
            time=f"{time.monotonic() - self._started:.3f}",
        )
        if outcome:
            ElementTree.SubElement(case, outcome, message=message)

    def addSuccess(self, test):
        super().addSuccess(test)
        self._add(test)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._add(test, "failure", str(err[1]))

    def addError(self, test, err):
        super().addError(test, err)
        self._add(test, "error", str(err[1]))

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self._add(test, "skipped", reason)


def main():
    """Runs the tests of the program's file and exits with their status."""
    program = unittest.main(
        exit=False, verbosity=2, testRunner=unittest.TextTestRunner(resultclass=_Result, verbosity=2)
    )
    path = os.environ.get("XML_OUTPUT_FILE")
    if path:
        suites = ElementTree.Element("testsuites")
        suites.append(program.result.cases)
        ElementTree.ElementTree(suites).write(path, encoding="utf-8", xml_declaration=True)
    sys.exit(not program.result.wasSuccessful())
