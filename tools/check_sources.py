#!/usr/bin/python3
"""Checks by text what neither compiler nor Bazel holds.

    check_sources.py [--root DIR] CHECK

CHECK is one of: includes, calls, guards, lengths, marks, keys, whitespace. Prints
file, line and reason of each finding; exits with 1 if there is one.
"""

import argparse
import re
import subprocess
import sys

MAX_LINES = 450

CPP = (".cc", ".h")

# Debian's headers are in /usr/include, where no build rule guards them: which
# rooms may include them, as path prefixes.
INCLUDES = (
    (re.compile(r"rocksdb/"), ("vault/engine/", "tests/")),
    (
        re.compile(r"openssl/"),
        (
            "audit/",
            "base/",
            "card/",
            "cli/secret_input.",
            "forwarder/escrow/",
            "forwarder/outbound/",
            "keys/",
            "sandbox/",
            "server/tls_",
            "server/wire/",
            "tests/",
        ),
    ),
    (re.compile(r"grpc(?:pp|\+\+)?/"), ("cli/", "server/", "tests/", "third_party/tsan/")),
    (re.compile(r".*\.grpc\.pb\.h"), ("cli/", "server/", "tests/")),
    (re.compile(r"p11-kit"), ("keys/pkcs11/", "keys/testing/")),
    (re.compile(r"curl/"), ("forwarder/outbound/", "tests/")),
    (re.compile(r"(?:cpp-)?httplib(?:\.h|/)"), ("sandbox/",)),
)

# Calls that print what they should not, and where they are right all the same.
CALLS = (
    (
        re.compile(r"\b(?:Short|Utf8)?DebugString\s*\("),
        "prints every field, sensitive or not",
        (),
    ),
    (re.compile(r"\bTextFormat::Print"), "prints every field, sensitive or not", ()),
    (
        re.compile(r"\bMessageToJson(?:String|Stream)\b"),
        "prints every field, sensitive or not",
        ("cli/",),
    ),
    (
        # Not the return type of a lambda, nor of a function type.
        re.compile(r"(?<!-> )(?<!<)\babsl::(?:[A-Z][A-Za-z]*Error|Status)\s*[({]\s*[^)}\s]"),
        "makes a status of any text: use base/status.h, which takes literals only",
        ("base/status.", "base/testing/", "sandbox/", "tests/"),
    ),
    (
        re.compile(r"\bgrpc::Status\s*[({]\s*[^)}\s]"),
        "makes an answer of any text: only server/status_conversion.cc may",
        ("server/status_conversion.", "cli/", "tests/"),
    ),
)

INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.MULTILINE)
MARK = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|HA" + r"CK)\b")
PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY")


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def without_comments(text):
    """C++ text with comments blanked out, line numbers kept."""

    def blank(match):
        if match.group(1):
            return match.group(1)  # a string or character literal
        return "\n" * match.group().count("\n")

    pattern = r'("(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])\')|//[^\n]*|/\*.*?\*/'
    return re.sub(pattern, blank, text, flags=re.DOTALL)


def check_includes(path, text):
    if not path.endswith(CPP):
        return
    for include in INCLUDE.finditer(text):
        for header, rooms in INCLUDES:
            if header.match(include.group(1)) and not path.startswith(rooms):
                yield line_of(text, include.start(1)), f"<{include.group(1)}> is not for this room"


def check_calls(path, text):
    if not path.endswith(CPP):
        return
    code = without_comments(text)
    for call, reason, rooms in CALLS:
        if path.startswith(rooms) or path.endswith("_test.cc"):
            continue
        for match in call.finditer(code):
            yield line_of(code, match.start()), f"{match.group().split('(')[0].strip()} {reason}"


def check_guards(path, text):
    if not path.endswith(".h"):
        return
    guard = "CARDVAULT_" + re.sub(r"[^A-Z0-9]", "_", path.upper()) + "_"
    code = without_comments(text)
    found = re.search(r"#ifndef (\w+)\n#define (\w+)\n", code)
    if not found or found.groups() != (guard, guard):
        yield 1, f"its include guard is not {guard}"
    elif not text.rstrip().endswith(f"#endif  // {guard}"):
        yield text.count("\n"), f"its last line is not `#endif  // {guard}`"


def check_lengths(path, text):
    lines = text.count("\n")
    if path.endswith(CPP) and lines > MAX_LINES:
        yield lines, f"{lines} lines, more than {MAX_LINES}: take it apart"


def check_marks(_path, text):
    for match in MARK.finditer(text):
        yield line_of(text, match.start()), f"{match.group()}: finish it or file an issue"


def check_keys(_path, text):
    for match in PRIVATE_KEY.finditer(text):
        yield line_of(text, match.start()), "a private key"


def check_whitespace(path, text):
    is_data = path.endswith((".bin", ".golden")) or path.startswith("tests/fuzz/corpus/")
    if "\0" in text or is_data or not text:
        return
    for number, line in enumerate(text.split("\n"), 1):
        if line != line.rstrip(" \t\r"):
            yield number, "blanks at the end of the line"
    if not text.endswith("\n"):
        yield text.count("\n") + 1, "no newline at the end of the file"
    elif text.endswith("\n\n"):
        yield text.count("\n"), "empty lines at the end of the file"


CHECKS = {
    "calls": check_calls,
    "guards": check_guards,
    "includes": check_includes,
    "keys": check_keys,
    "lengths": check_lengths,
    "marks": check_marks,
    "whitespace": check_whitespace,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", default=".", help="the work tree to check")
    parser.add_argument("check", choices=sorted(CHECKS))
    arguments = parser.parse_args()

    listed = subprocess.run(
        ["git", "-C", arguments.root, "ls-files", "-z"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    status = 0
    for path in filter(None, listed.split("\0")):
        try:
            with open(f"{arguments.root}/{path}", encoding="latin-1", newline="") as file:
                text = file.read()
        except (FileNotFoundError, IsADirectoryError):
            continue  # deleted and not committed yet, or a submodule
        for line, reason in CHECKS[arguments.check](path, text):
            print(f"{path}:{line}: {reason}")
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
