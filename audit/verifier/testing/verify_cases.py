#!/usr/bin/env python3
"""Runs the independent verifier over many cases.

    verify_cases.py VERIFIER CASES

Each line of CASES is a JSON object with `files`, `keys` and `notes` ("" for none); for each, a line
with verdict, file, line, sequence and text comes out, a tab between them, with `-` for what is not
there.
"""

import importlib.util
import json
import sys


def main():
    spec = importlib.util.spec_from_file_location("verify_audit_export", sys.argv[1])
    verifier = importlib.util.module_from_spec(spec)
    sys.dont_write_bytecode = True
    spec.loader.exec_module(verifier)
    with open(sys.argv[2], encoding="utf-8") as cases:
        for line in cases:
            case = json.loads(line)
            keys = [verifier.Key(text) for text in case["keys"]]
            verdict = verifier.verdict_of(case["files"], keys, case["notes"] or None)
            names = ("verdict", "file", "line", "sequence", "text")
            parts = [str(verdict.get(name, "-")).replace("\n", " / ") for name in names]
            print("\t".join(parts))


if __name__ == "__main__":
    main()
