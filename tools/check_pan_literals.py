#!/usr/bin/python3
"""Finds what could be a card number in the files that git tracks.

    check_pan_literals.py [--root DIR]

A finding is 12 to 19 digits that pass the Luhn check: in one run, in groups as on
a card, with the digit separators of C++, or split over adjacent string literals.
Prints file and line, never the number. Exits with 1 if there is a finding.

The published test numbers stand in card/test_pans.h, whatever needs more takes them
from the generator in tests/testing, and a vendor's published vectors stand in a
folder `vectors`.
"""

import argparse
import re
import subprocess
import sys

ALLOWED_PATHS = re.compile(
    r"^card/test_pans\.h$|^tests/testing/test_(?:pans|cards)[^/]*$|(?:^|/)vectors/"
)

# The one published number that documentation may show. Made, not written: this file
# is searched too.
DOCUMENTED = "4" + 15 * "1"

# One run of digits, C++ separators included, that is no part of a longer word.
# A suffix such as ULL and a prefix such as tok_ do not hide it.
RUN = re.compile(r"(?<![0-9.])[0-9](?:'?[0-9]){11,18}(?!'?[0-9])")

# Groups as printed on a card: 3 to 6 digits each, at least three of them.
GROUPS = re.compile(r"(?<![0-9])[0-9]{3,6}(?:[ _-][0-9]{3,6}){1,4}[ _-][0-9]{1,7}(?![0-9])")

# Digits that one string literal leaves and the next takes up.
SPLIT = re.compile(
    r"(?<![0-9])[0-9]{1,18}(?:[\"']\s*(?:\+|<<|,|\.)?\s*[\"'][0-9]{1,18}){1,18}(?![0-9])"
)

# A digest: its runs of decimal digits are chance.
DIGEST = re.compile(r"[0-9a-fA-F]{32,}")


def passes_luhn(digits):
    total = 0
    for index, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + index % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def digests(text):
    """The spans of hexadecimal words with letters in them."""
    return [
        match.span() for match in DIGEST.finditer(text) if re.search("[a-fA-F]", match.group())
    ]


def findings(text, is_document):
    """The offsets of what could be card numbers."""
    hexadecimal = digests(text)
    for pattern in (RUN, GROUPS, SPLIT):
        for match in pattern.finditer(text):
            digits = re.sub(r"[^0-9]", "", match.group())
            if not 12 <= len(digits) <= 19 or not passes_luhn(digits):
                continue
            if digits[0] == "0":
                continue  # no issuer's number starts so
            # Nor, in practice, with 1 or 7 to 9: without this every tenth table of
            # numbers would be a finding.
            if pattern is not RUN and digits[0] not in "23456":
                continue
            if text[match.start() - 1 : match.start()] == "+" and len(digits) <= 15:
                continue  # a telephone number
            if is_document and digits == DOCUMENTED:
                continue
            if any(start <= match.start() and match.end() <= end for start, end in hexadecimal):
                continue
            yield match.start()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", default=".", help="the work tree to search")
    root = parser.parse_args().root

    listed = subprocess.run(
        ["git", "-C", root, "ls-files", "-z"], check=True, capture_output=True, text=True
    ).stdout
    status = 0
    for path in filter(None, listed.split("\0")):
        if ALLOWED_PATHS.search(path):
            continue
        try:
            with open(f"{root}/{path}", encoding="latin-1") as file:
                text = file.read()
        except (FileNotFoundError, IsADirectoryError):
            continue  # deleted and not committed yet, or a submodule
        lines = sorted(
            {text.count("\n", 0, start) + 1 for start in findings(text, path.endswith(".md"))}
        )
        for line in lines:
            print(f"{path}:{line}: could be a card number")
            status = 1
        if any(True for _ in findings(path, False)):
            print(f"{path}: could be a card number in its name")
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
