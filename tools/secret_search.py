#!/usr/bin/python3
"""Searches files and the memory of a process for card numbers and CVVs.

    secret_search.py [--secrets-fd N] [--pid PID [--marker TEXT]] [--json] [--explain] [PATH...]

The secrets are read from a file descriptor (default: standard input), one a line:

    card DIGITS
    cvv DIGITS

A card number is sought as digits and in other spellings of them (hexadecimal, base64,
UTF-16, BCD, groups, ...); a CVV, three digits that stand everywhere, in the spellings
in which it travels: a JSON field, a protobuf field, the values of a signature, a C++
string object. Files are searched below every PATH, their names too. Of a process every
page that it has is searched, whatever its protection; it should be idle. What stands in
the read-only part of the program or of a library, byte for byte as in the file on disk,
was not left by anybody: it is counted apart.

Nothing found means nothing when the search is blind. So planted secrets are sought in
the same pass: in a file put into every PATH that is a directory, in a child process
that hides its memory as cardvaultd does, and --marker names a text that PID is known
to hold. A search that misses one of them fails.

Prints classes, places and counts, never a secret. Exit codes: 0 nothing found, 1 found,
2 cannot tell.
"""

import argparse
import array
import base64
import collections
import contextlib
import json
import os
import random
import re
import stat
import subprocess
import sys

CHUNK = 32 << 20
MAX_LINES = 50  # of findings printed

# What stands before the CVV when the values of a request are strung together to be
# signed: the currency.
CURRENCIES = ("USD", "EUR", "JPY")

Secret = collections.namedtuple("Secret", "kind value planted")
Hit = collections.namedtuple("Hit", "secret spelling offset length")


class CannotTell(Exception):
    """The search could not be done, or did not find what it must find."""


# Spellings. Each function yields (name, bytes).


def base64_cores(data):
    """The characters that `data` makes sure of, for each place it can have in a group."""
    for shift in range(3):
        text = base64.b64encode(bytes(shift) + data)
        first = (shift * 8 + 5) // 6
        last = (shift + len(data)) * 8 // 6
        yield f"base64 ({shift})", text[first:last]


def groups_of(digits):
    """Digits as printed on a card."""
    if len(digits) in (14, 15):
        return digits[:4], digits[4:10], digits[10:]
    return tuple(digits[start : start + 4] for start in range(0, len(digits), 4))


def bcd(digits):
    """Packed decimal; of an odd count the half byte at either end is left out."""
    if len(digits) % 2 == 0:
        yield "BCD", bytes.fromhex(digits)
    else:
        yield "BCD (left)", bytes.fromhex(digits[:-1])
        yield "BCD (right)", bytes.fromhex(digits[1:])


def card_spellings(digits):
    text = digits.encode()
    number = int(digits)
    size = (number.bit_length() + 7) // 8
    yield "digits", text
    yield "UTF-16", digits.encode("utf-16-be")[1:]  # of either byte order
    yield "UTF-32", digits.encode("utf-32-be")[3:]
    yield "hexadecimal", text.hex().encode()
    yield "percent-encoded", b"".join(b"%%%02x" % byte for byte in text)
    yield "groups with blanks", " ".join(groups_of(digits)).encode()
    yield "groups with dashes", "-".join(groups_of(digits)).encode()
    yield "digit values", bytes(int(digit) for digit in digits)
    yield "integer, big-endian", number.to_bytes(size, "big")
    yield "integer, little-endian", number.to_bytes(size, "little")
    yield from base64_cores(text)
    yield from bcd(digits)


def cvv_spellings(digits):
    text = digits.encode()
    fields = {
        "JSON field": b'"cvv":"%b"' % text,
        "spaced JSON field": b'"cvv": "%b"' % text,
        "escaped JSON field": b'\\"cvv\\":\\"%b\\"' % text,
        "form field": b"cvv=%b" % text,
        "text format field": b'cvv: "%b"' % text,
        # Card.cvv is field 5, ProvideCvvRequest.cvv field 2.
        "protobuf field of Card": b"\x2a%c%b" % (len(text), text),
        "protobuf field of ProvideCvv": b"\x12%c%b" % (len(text), text),
    }
    for currency in CURRENCIES:
        fields[f"signed values after {currency}"] = currency.encode() + text
    for name, field in fields.items():
        yield name, field
        yield f"{name} in UTF-16", bytes(b"\0".join(field[i : i + 1] for i in range(len(field))))
        yield f"{name} in hexadecimal", field.hex().encode()
        yield f"{name} in capital hexadecimal", field.hex().upper().encode()
        for variant, core in base64_cores(field):
            yield f"{name} in {variant}", core
    # Size and characters of a std::string that holds them in itself.
    yield "string object", len(text).to_bytes(8, "little") + text + b"\0"


SPELLINGS = {"card": card_spellings, "cvv": cvv_spellings}
CLASSES = {"card": "card number", "cvv": "CVV"}


class Finder:
    """Finds any spelling of any of many secrets in bytes.

    Spellings that begin or end alike are found by one search for what they share, so
    that a thousand generated numbers cost hardly more than one.
    """

    def __init__(self, secrets):
        alike = collections.defaultdict(dict)  # (name, length) -> spelled -> secret
        self.expected = set()  # (spelling, secret) of the planted ones
        for secret in secrets:
            for name, spelled in SPELLINGS[secret.kind](secret.value):
                if len(spelled) < 5:
                    continue  # stands everywhere by chance
                alike[name, len(spelled)][spelled] = secret
                if secret.planted:
                    self.expected.add((name, secret))
        self.longest = max((length for _, length in alike), default=0)
        self._anchored = []  # (anchor, its place, length, name, spelled -> secret)
        for (name, length), spelled in alike.items():
            self._anchored += self._anchors(name, length, spelled)

    @staticmethod
    def _anchors(name, length, spelled):
        size = max(2, length * 3 // 8)
        heads, tails = collections.defaultdict(dict), collections.defaultdict(dict)
        for text, secret in spelled.items():
            heads[text[:size]][text] = secret
            tails[text[-size:]][text] = secret
        if len(tails) < len(heads):
            for tail, texts in tails.items():
                yield tail, length - size, length, name, texts
            return
        for texts in heads.values():
            anchor = os.path.commonprefix(list(texts))
            yield anchor, 0, length, name, texts

    def find(self, data, limit):
        """Yields a Hit for all that begin before `limit`."""
        for anchor, place, length, name, spelled in self._anchored:
            at = data.find(anchor)
            while at >= 0:
                start = at - place
                secret = spelled.get(bytes(data[start : start + length])) if start >= 0 else None
                if secret is not None and start < limit:
                    yield Hit(secret, name, start, length)
                at = data.find(anchor, at + 1)


class Findings:
    """Counts what was found and keeps the planted apart."""

    def __init__(self, finder):
        self.finder = finder
        self.counts = collections.Counter()  # (class, spelling, where) -> times
        self.programs_own = 0
        self.planted = collections.defaultdict(set)  # where -> {(spelling, secret)}
        self.notes = []  # of --explain

    def search(self, data, limit, where, is_programs_own=lambda hit: False):
        """Counts what is found in `where`, and returns the hits that are nobody's but a leak's."""
        hits = []
        for hit in self.finder.find(data, limit):
            if hit.secret.planted:
                self.planted[where].add((hit.spelling, hit.secret))
            elif is_programs_own(hit):
                self.programs_own += 1
            else:
                self.counts[CLASSES[hit.secret.kind], hit.spelling, where] += 1
                hits.append(hit)
        return hits

    def must_hold_planted(self, place):
        missing = self.finder.expected - self.planted[place]
        if missing:
            names = sorted({f"{CLASSES[s.kind]} as {spelling}" for spelling, s in missing})
            raise CannotTell(f"did not find what was planted in {place}: {', '.join(names)}")


# Files.


def files_below(path):
    if not os.path.isdir(path):
        yield path
        return
    for directory, names, files in os.walk(path, onerror=lambda error: None):
        names.sort()
        for name in sorted(files):
            yield os.path.join(directory, name)


def search_file(path, findings):
    """Searches name and bytes of a file; the number of bytes, or None when it is gone."""
    name = os.path.basename(path).encode(errors="surrogateescape")
    findings.search(name, len(name), f"the name of a file in {os.path.dirname(path)}")
    try:
        if not stat.S_ISREG(os.stat(path, follow_symlinks=False).st_mode):
            return None
        with open(path, "rb", buffering=0) as file:
            size, kept = 0, b""
            while True:
                block = file.read(CHUNK)
                data = kept + block
                keep = min(len(data), findings.finder.longest) if block else 0
                findings.search(data, len(data) - keep, path)
                if not block:
                    return size
                size += len(block)
                kept = data[len(data) - keep :]
    except FileNotFoundError:
        return None  # a database deletes files while it runs


@contextlib.contextmanager
def planted_files(paths, data):
    """A file with `data` in every directory of `paths`; yields their paths."""
    planted = []
    try:
        for path in filter(os.path.isdir, paths):
            name = os.path.join(path, f"planted-{os.getpid()}")
            with open(name, "xb") as file:
                planted.append(name)
                file.write(data)
        yield planted
    except OSError as error:
        raise CannotTell(f"{error.filename}: {error.strerror}") from error
    finally:
        for name in planted:
            with contextlib.suppress(OSError):
                os.unlink(name)


# Memory.

PAGE = os.sysconf("SC_PAGE_SIZE")
IN_MEMORY = 1 << 63 | 1 << 62  # pagemap: present, or swapped out
MAPPING = re.compile(r"([0-9a-f]+)-([0-9a-f]+) (\S+) ([0-9a-f]+) \S+ \S+ *(.*)")
KERNELS_OWN = ("[vvar]", "[vvar_vclock]", "[vsyscall]")

Mapping = collections.namedtuple("Mapping", "start end protection offset name")


def mappings_of(pid):
    with open(f"/proc/{pid}/maps", encoding="utf-8", errors="surrogateescape") as lines:
        for line in lines:
            start, end, protection, offset, name = MAPPING.match(line).groups()
            if name not in KERNELS_OWN:
                yield Mapping(int(start, 16), int(end, 16), protection, int(offset, 16), name)


def runs_of(pid, mapping):
    """(start, end) of the pages of a mapping that the process has."""
    try:
        with open(f"/proc/{pid}/pagemap", "rb", buffering=0) as pagemap:
            pages = array.array("Q")
            pages.frombytes(
                os.pread(
                    pagemap.fileno(),
                    (mapping.end - mapping.start) // PAGE * 8,
                    mapping.start // PAGE * 8,
                )
            )
    except OSError:
        yield mapping.start, mapping.end  # a kernel without it: all of the mapping
        return
    start = None
    for number, page in enumerate(pages):
        if page & IN_MEMORY:
            if start is None:
                start = number
        elif start is not None:
            yield mapping.start + start * PAGE, mapping.start + number * PAGE
            start = None
    if start is not None:
        yield mapping.start + start * PAGE, mapping.start + len(pages) * PAGE


class MemorySearch:
    """Searches the memory of one process."""

    def __init__(self, pid, findings, place, marker=None, explain=False):
        self._pid = pid
        self._findings = findings
        self._place = place
        self._marker = marker.encode() if marker else None
        self._explain = explain
        self._marker_found = False
        self._programs = set()  # the files that code is run from
        self.size = 0
        self.unread = 0

    def run(self):
        try:
            mappings = list(mappings_of(self._pid))
            self._programs = {m.name for m in mappings if "x" in m.protection}
            memory = os.open(f"/proc/{self._pid}/mem", os.O_RDONLY)
        except OSError as error:
            raise CannotTell(f"memory of {self._pid}: {error.strerror}") from error
        try:
            for mapping in mappings:
                for start, end in runs_of(self._pid, mapping):
                    self._search_run(memory, mapping, start, end)
        finally:
            os.close(memory)
        if self._marker and not self._marker_found:
            raise CannotTell(f"memory of {self._pid}: the marker is not there, so it is not seen")

    def _search_run(self, memory, mapping, start, end):
        overlap = self._findings.finder.longest
        while start < end:
            wanted = min(CHUNK, end - start)
            try:
                data = os.pread(memory, wanted, start)
            except OSError:
                data = b""
            if not data:  # unmapped since, or a device's
                self.unread += PAGE
                start += PAGE
                continue
            last = start + len(data) >= end
            limit = len(data) if last else max(len(data) - overlap, 1)
            hits = self._findings.search(
                data,
                limit,
                self._place,
                lambda hit: self._is_programs_own(mapping, start, data, hit),
            )
            if self._explain:
                by_page = {(start + hit.offset) // PAGE: hit for hit in hits}
                self._findings.notes += [
                    self._note(mapping, start, data, hit) for hit in by_page.values()
                ]
            if self._marker and self._marker in data:
                self._marker_found = True
            self.size += limit
            start += limit

    def _is_programs_own(self, mapping, start, data, hit):
        """Whether the hit is read-only program or library, as its file on disk has it."""
        if mapping.name not in self._programs or "w" in mapping.protection:
            return False
        try:
            with open(mapping.name, "rb", buffering=0) as file:
                place = mapping.offset + start - mapping.start + hit.offset
                on_disk = os.pread(file.fileno(), hit.length, place)
        except OSError:
            return False
        return on_disk == data[hit.offset : hit.offset + hit.length]

    @staticmethod
    def _note(mapping, start, data, hit):
        """Where a hit is and what stands around it, without a digit."""

        def around(piece):
            return "".join(
                "#" if 48 <= byte <= 57 else chr(byte) if 32 <= byte < 127 else "." for byte in piece
            )

        end = hit.offset + hit.length
        return (
            f"{CLASSES[hit.secret.kind]} as {hit.spelling} at {start + hit.offset:#x}, "
            f"{mapping.protection} {mapping.name or 'anonymous'} "
            f"{mapping.start:#x}-{mapping.end:#x}: "
            f"[{around(data[max(0, hit.offset - 64) : hit.offset])}] SECRET "
            f"[{around(data[end : end + 64])}]"
        )


# Holds what it reads in memory, hidden from all but root, until its input ends.
HOLDER = """
import ctypes, os, sys
PR_SET_DUMPABLE = 4
size = int(sys.stdin.buffer.readline())
held = sys.stdin.buffer.read(size)
ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
print("ready", flush=True)
sys.stdin.buffer.read()
"""


def prove_memory(findings, data):
    """Searches a child process that holds `data`."""
    with subprocess.Popen(
        [sys.executable, "-I", "-c", HOLDER], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        try:
            holder.stdin.write(b"%d\n%b" % (len(data), data))
            holder.stdin.flush()
            if holder.stdout.readline() != b"ready\n":
                raise CannotTell("the process with planted secrets did not start")
            place = "a process of its own"
            MemorySearch(holder.pid, findings, place).run()
            findings.must_hold_planted(place)
        finally:
            holder.stdin.close()


# All of it.


def planted_secrets(secrets):
    """A card number and a CVV that are none of `secrets`."""
    source = random.SystemRandom()
    known = {secret.value for secret in secrets}
    number = next(
        digits
        for digits in iter(lambda: f"999999{source.randrange(10**10):010}", None)
        if digits not in known
    )
    free = [code for code in (f"{code:03}" for code in range(1000)) if code not in known]
    return [
        Secret("card", number, True),
        Secret("cvv", source.choice(free) if free else "xyz", True),
    ]


def planted_bytes(planted):
    """Every spelling of the planted secrets, with noise between."""
    parts = [
        spelled
        for secret in planted
        for _, spelled in SPELLINGS[secret.kind](secret.value)
    ]
    return b"".join(b"\xa5" + os.urandom(random.randrange(60)) + b"\xa5" + part for part in parts)


def search(secrets, paths=(), pid=None, marker=None, explain=False):
    """Searches and proves that it can find. Returns what the command prints, as a dict."""
    planted = planted_secrets(secrets)
    findings = Findings(Finder(list(secrets) + planted))
    data = planted_bytes(planted)

    count = size = 0
    with planted_files(paths, data) as planted_in:
        for path in paths:
            if not os.path.exists(path):
                raise CannotTell(f"{path}: no such file or directory")
            for file in files_below(path):
                try:
                    length = search_file(file, findings)
                except OSError as error:
                    raise CannotTell(f"{file}: {error.strerror}") from error
                if length is not None and file not in planted_in:
                    count += 1
                    size += length
        for path in planted_in:
            findings.must_hold_planted(path)

    memory = None
    if pid is not None:
        prove_memory(findings, data)
        place = f"memory of process {pid}"
        memory = MemorySearch(pid, findings, place, marker, explain)
        memory.run()

    return {
        "secrets": len(set(secrets)),
        "files": count,
        "file_bytes": size,
        "planted_files": len(planted_in),
        "planted_spellings": len(findings.finder.expected),
        "memory_bytes": memory.size if memory else None,
        "memory_bytes_unread": memory.unread if memory else None,
        "programs_own": findings.programs_own,
        "found": sum(findings.counts.values()),
        "findings": [
            {"class": kind, "spelling": spelling, "where": where, "count": times}
            for (kind, spelling, where), times in sorted(findings.counts.items())
        ],
        "notes": findings.notes,
    }


def read_secrets(descriptor):
    with open(descriptor, encoding="ascii") as lines:
        secrets = set()
        for number, line in enumerate(lines, 1):
            kind, _, value = line.strip().partition(" ")
            least, most = {"card": (8, 19), "cvv": (3, 4)}.get(kind, (1, 0))
            if not value.isdecimal() or not least <= len(value) <= most:
                raise CannotTell(f"line {number} of the secrets: neither `card DIGITS` nor `cvv DIGITS`")
            secrets.add(Secret(kind, value, False))
    if not secrets:
        raise CannotTell("there is no secret to search for")
    return sorted(secrets)


def mebibytes(size):
    return f"{size / (1 << 20):.1f} MiB"


def print_result(result):
    print(
        f"planted: found in {result['planted_files']} directories"
        + ("" if result["memory_bytes"] is None else " and in a process")
        + f", in {result['planted_spellings']} spellings"
    )
    for finding in result["findings"][:MAX_LINES]:
        times = "" if finding["count"] == 1 else f", {finding['count']} times"
        print(f"FOUND: {finding['class']} as {finding['spelling']} in {finding['where']}{times}")
    if len(result["findings"]) > MAX_LINES:
        print(f"and {len(result['findings']) - MAX_LINES} more lines like these")
    for note in result["notes"][:MAX_LINES]:
        print(f"  {note}")
    if result["programs_own"]:
        print(f"not counted: {result['programs_own']} in the program's own read-only bytes, as on disk")
    where = [f"{result['files']} files ({mebibytes(result['file_bytes'])})"]
    if result["memory_bytes"] is not None:
        where.append(f"{mebibytes(result['memory_bytes'])} of memory")
    print(f"searched {' and '.join(where)} for {result['secrets']} secrets: {result['found']} found")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, usage=argparse.SUPPRESS
    )
    parser.add_argument("--secrets-fd", type=int, default=0, help="read the secrets from here")
    parser.add_argument("--pid", type=int, help="search this process's memory (needs root)")
    parser.add_argument("--marker", help="what is in that memory for sure")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.add_argument(
        "--explain",
        action="store_true",
        help="tell of each page of memory what surrounds the last finding in it, digits masked",
    )
    parser.add_argument("paths", nargs="*", metavar="PATH", help="files and directories")
    arguments = parser.parse_args()
    if not arguments.paths and arguments.pid is None:
        parser.error("nothing to search: give a PATH or --pid")
    try:
        secrets = read_secrets(arguments.secrets_fd)
        result = search(
            secrets, arguments.paths, arguments.pid, arguments.marker, arguments.explain
        )
    except CannotTell as error:
        print(f"secret_search: {error}", file=sys.stderr)
        return 2
    if arguments.json:
        print(json.dumps(result))
    else:
        print_result(result)
    return 1 if result["found"] else 0


if __name__ == "__main__":
    sys.exit(main())
