#!/usr/bin/env python3
"""Verifies exports of a cardvault audit log. Python 3.8 or later, nothing else is needed.

    python3 verify_audit_export.py EXPORT... --key VKEY [--key VKEY2...]
            [--checkpoint NOTES] [--no-anchor] [--json]

This program shares no code with cardvault: it decodes the export, hashes every entry, follows the
Merkle proofs (RFC 6962) and verifies the Ed25519 signatures (RFC 8032) with what is written below.
Who does not want to believe cardvault's own verifier reads these lines and runs them.

What you need:
  EXPORT   files of `cardvault audit export`: ranges of one log, in any order, without gaps between
           them; filtered exports; of one vault's logs.
  VKEY     the log's verifier key, `cardvault/VAULT/log/N+KEYID+BASE64`, which YOU noted when the
           vault was made, or when its key was rotated. Never take it from who gave you the export.
  NOTES    one checkpoint, or the whole file of them, that was kept OUTSIDE the vault's machine,
           where who can alter the log cannot reach it.

What it proves:
  intact              every entry of the range is as it was when the checkpoint was signed; none was
                      edited, added, left out or moved; and the log is the one of which you hold an
                      outside checkpoint.
  intact-unanchored   the same by the export's own checkpoint alone: entries that were cut off the
                      log's end before the export are not excluded.
  present, present-unanchored
                      each entry of a filtered export stands in the log. That there are no others is
                      not claimed.
  Any other word names what is wrong, with file, line and, where it is known, the first bad entry:
  everything before it is good. docs/verify/README.md lists the words.

Exit codes: 0 good (with --no-anchor also without an outside checkpoint), 1 not, 2 wrong usage.
"""

import argparse
import base64
import binascii
import datetime
import hashlib
import json
import os
import re
import stat
import sys

# --------------------------------------------------------------------------------------------------
# The catalogues of the log (docs/formats/audit_log.md): the number of each action, which is what is
# hashed; outcomes; the reasons of refusals.

ACTIONS = {
    "log.started": 1, "log.stopped": 2, "vault.created": 3, "clock.stepped": 4, "log.restored": 5,
    "store.admitted": 6, "kek.left_unused": 7, "kek.destruction_begun": 8, "kek.destroyed": 9, "keyring.changed": 10,
    "keyring.attested": 11, "key.activated": 12, "key.compromised": 13, "key.destroyed": 14,
    "kek.rotated": 15, "key.reencrypted": 16, "key.reencryption_started": 17,
    "key.reencryption_paused": 18, "key.reencryption_ended": 19, "token.created": 20,
    "token.matched": 21, "token.expiry_updated": 22, "token.updated": 23, "token.pan_replaced": 24,
    "token.disabled": 25, "token.enabled": 26, "token.deleted": 27, "token.expired": 28,
    "token.refused": 29, "cvv.deposited": 30, "record.corrupt": 31, "idempotency.expired": 32,
    "tokenize.refused": 33, "import.started": 34, "import.ended": 35, "token.read": 36,
    "merchant.purge_started": 37, "merchant.purge_ended": 38, "store.look_up_changed": 39,
    "payment.intended": 40, "payment.outcome": 41,
    "payment.refused": 42, "notification.accepted": 43, "notification.repeated": 44,
    "notification.refused": 45, "payment.resolved": 46, "notification.unconfirmed": 47,
    "payment.read": 48, "payment.found_upstream": 49, "call.refused": 50,
    "route.applied": 60, "credential.set": 61, "roles.applied": 62, "admin.read": 63,
    "admin.refused": 64, "credential.rotated": 65, "credential.retired": 66, "route.disabled": 67,
    "route.enabled": 68, "backup.begun": 70, "backup.created": 71, "backup.failed": 72,
    "backup.verified": 73, "backup.deleted": 74, "backup.expired": 75, "backup.removed": 76,
    "custody.created": 80, "custody.proposed": 81, "custody.withdrawn": 82,
    "custody.replaced": 83, "custody.acknowledged": 84, "custody.envelope_given": 85,
    "custody.share_taken": 86, "custody.share_refused": 87, "vault.unsealed": 88,
    "vault.sealed": 89, "change.proposed": 90, "change.approved": 91, "change.rejected": 92,
    "change.expired": 93, "change.ended": 94, "change.interrupted": 95, "change.forgotten": 96,
    "config.approved": 97, "config.unapproved": 98, "start.measured": 99, "checkpoints.failed": 100,
    "checkpoints.resumed": 101, "audit.exported": 102, "audit.proved": 103,
    "log.retired": 104,
}
OUTCOMES = {"success": 1, "refused": 2, "failed": 3}
REASONS = set(
    """
    PAN_INVALID EXPIRY_INVALID CVV_INVALID ID_INVALID TEXT_INVALID FIELD_INVALID FIELD_MISSING
    SAD_REFUSED ROUTE_UNKNOWN CURRENCY_UNSUPPORTED AMOUNT_INVALID TOKEN_NOT_FOUND PAYMENT_NOT_FOUND
    NOT_FOUND LOG_RETIRED PAYMENT_ID_REUSED REQUEST_ID_REUSED IN_PROGRESS REVISION VAULT_SEALED KEY_DESTROYED
    KEY_STATE CVV_REQUIRED CVV_EXPIRED TOKEN_DISABLED TOKEN_USED CARD_EXPIRED CARD_CHANGED
    DUPLICATE CARD_GONE NOT_REFUNDABLE REFUND_TOO_LARGE NOT_SEALED NOT_REVIEWED NOT_ADMITTED MODE
    MERCHANT_PURGE
    CREDENTIAL_STATE FOUR_EYES SELF_APPROVED CHANGE_ALTERED CHANGE_EXPIRED CHANGE_ENDED
    PROPOSER_ROLE CONFIG_UNAPPROVED POLICY IDENTITY NOT_OFFERED LIMIT RATE ENUMERATION KEY_LIMIT
    RECORD_CORRUPT AUDIT_UNAVAILABLE LOOK_UP_FAILED DRAINING CRYPTO INTERNAL UNVERIFIED STALE
    FOREIGN CONFLICT
""".split()
)
LOG_RESTORED = "log.restored"
LOG_RETIRED = "log.retired"

# Bounds, in bytes: beyond them nothing is read into memory.
MAX_LINE = 128 << 10
MAX_NOTE = 64 << 10
MAX_NOTE_LINE = (8 << 10) + 256 + 16
MAX_HEADER_NOTE = 16 << 10
MAX_PROOF = 65
MAX_SEGMENT_LEVEL = 10
MAX_U32 = (1 << 32) - 1
MAX_U64 = (1 << 64) - 1
MAX_I64 = (1 << 63) - 1

UNREADABLE = "this is no file that can be read; a pipe is none"
ANCHORED = ("intact", "present")


class Bad(Exception):
    """What is wrong, and where."""

    def __init__(self, word, text, file="", line=0, sequence=None):
        super().__init__(text)
        self.word, self.text, self.file, self.line = word, text, file, line
        self.sequence = sequence


class NotCanonical(Exception):
    """Bytes that nobody writes so."""


# --------------------------------------------------------------------------------------------------
# Ed25519, RFC 8032, section 5.1: verification alone.

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
SQRT_MINUS_1 = pow(2, (P - 1) // 4, P)


def recover_x(y, sign):
    if y >= P:
        return None
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    if x2 == 0:
        return None if sign else 0
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P != 0:
        x = x * SQRT_MINUS_1 % P
    if (x * x - x2) % P != 0:
        return None
    return P - x if (x & 1) != sign else x


def point_add(p, q):  # extended coordinates (X, Y, Z, T)
    a = (p[1] - p[0]) * (q[1] - q[0]) % P
    b = (p[1] + p[0]) * (q[1] + q[0]) % P
    c = 2 * p[3] * q[3] * D % P
    d = 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def point_multiply(scalar, point):
    result = (0, 1, 1, 0)
    while scalar > 0:
        if scalar & 1:
            result = point_add(result, point)
        point = point_add(point, point)
        scalar >>= 1
    return result


def point_encode(point):
    z = pow(point[2], P - 2, P)
    x, y = point[0] * z % P, point[1] * z % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def point_decode(encoded):
    y = int.from_bytes(encoded, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    x = recover_x(y, sign)
    return None if x is None else (x, y, 1, x * y % P)


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE_X = recover_x(BASE_Y, 0)
BASE = (BASE_X, BASE_Y, 1, BASE_X * BASE_Y % P)


def ed25519_verify(public_key, message, signature):
    if len(public_key) != 32 or len(signature) != 64:
        return False
    key = point_decode(public_key)
    s = int.from_bytes(signature[32:], "little")
    if key is None or s >= L:
        return False
    digest = hashlib.sha512(signature[:32] + public_key + message).digest()
    k = int.from_bytes(digest, "little") % L
    minus_key = (P - key[0], key[1], key[2], P - key[3])
    r = point_add(point_multiply(s, BASE), point_multiply(k, minus_key))
    return point_encode(r) == signature[:32]


# --------------------------------------------------------------------------------------------------
# The Merkle tree, RFC 6962, section 2.1; verification as RFC 9162, section 2.1.3.2 and 2.1.4.2.


def leaf_hash(entry):
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def verify_inclusion(leaf, index, size, proof, root):
    if index >= size:
        return False
    fn, sn, r = index, size - 1, leaf
    for p in proof:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            r = node_hash(p, r)
            while not fn & 1 and fn != 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = node_hash(r, p)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and r == root


def verify_consistency(size1, root1, size2, root2, proof):
    if not 0 < size1 < size2:
        return False
    path = list(proof)
    if size1 & (size1 - 1) == 0:
        path.insert(0, root1)
    if not path:
        return False
    fn, sn = size1 - 1, size2 - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for c in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr, sr = node_hash(c, fr), node_hash(c, sr)
            while not fn & 1 and fn != 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = node_hash(sr, c)
        fn, sn = fn >> 1, sn >> 1
    return fr == root1 and sr == root2 and sn == 0


def left_of(first, level, size, proof):
    """The hashes of a subtree's proof that stand left of it, from left to right."""
    left = []
    index, last = first >> level, (size - 1) >> level
    for hash_ in proof:
        while index == last and not index & 1 and index > 0:
            index, last = index >> 1, last >> 1
        if index & 1:
            left.append(hash_)
        index, last = index >> 1, last >> 1
    return left[::-1]


class Tree:
    """A growing tree: the hashes of the complete subtrees that its leaves fall into."""

    def __init__(self, size, peaks):
        self.size, self.peaks = size, list(peaks)

    def append(self, leaf, whole):
        """Returns the hash of the subtree `whole` (level, index) if this leaf completes it."""
        found, hash_, level, index = None, leaf, 0, self.size
        while True:
            if (level, index) == whole:
                found = hash_
            if not index & 1:
                break
            hash_ = node_hash(self.peaks.pop(), hash_)
            level, index = level + 1, index >> 1
        self.peaks.append(hash_)
        self.size += 1
        return found

    def root(self):
        if not self.peaks:
            return hashlib.sha256(b"").digest()
        hash_ = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            hash_ = node_hash(peak, hash_)
        return hash_


# --------------------------------------------------------------------------------------------------
# Texts, each of which has one form.


def exact_base64(text):
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, ValueError):
        raise NotCanonical from None
    if base64.b64encode(data).decode("ascii") != text:
        raise NotCanonical
    return data


def number(text, maximum=MAX_U64):
    value = int(text)  # the patterns below admit digits alone, at most 20, without leading zeros
    if value > maximum:
        raise NotCanonical
    return value


def escape(text):
    out = []
    for c in text:
        if c in '"\\':
            out.append("\\" + c)
        elif c == "\n":
            out.append("\\n")
        elif " " <= c <= "~":
            out.append(c)
        else:
            units = c.encode("utf-16-be")
            for i in range(0, len(units), 2):
                out.append("\\u" + units[i : i + 2].hex())
    return "".join(out)


def unescape(quoted):
    """What stands between the quotes of a string, decoded; UnicodeError is a NotCanonical."""
    text = json.loads('"' + quoted + '"')
    try:
        if escape(text) != quoted:
            raise NotCanonical
        text.encode("utf-8")
    except UnicodeError:
        raise NotCanonical from None
    return text


def plain(quoted, maximum):
    """The same of a string of printable ASCII."""
    text = quoted.replace("\\\\", "\0").replace('\\"', '"').replace("\0", "\\")
    if len(text) > maximum:
        raise NotCanonical
    return text


NUMBER = r"(0|[1-9][0-9]{0,19})"
PLAIN = r'"((?:[ !#-\[\]-~]|\\["\\])*)"'
TEXT = r'"((?:[ !#-\[\]-~]|\\["\\n]|\\u[0-9a-f]{4})*)"'
HASH = r'"([A-Za-z0-9+/]{43}=)"'
HASHES = r'\[((?:"[A-Za-z0-9+/]{43}="(?:,"[A-Za-z0-9+/]{43}=")*)?)\]'

HEADER_START = re.compile(r'\{"format":"cardvault-audit-export","version":' + NUMBER)
HEADER = re.compile(
    r'\{"format":"cardvault-audit-export","version":1,"kind":"(range|filtered)","origin":'
    + PLAIN
    + r',"first":' + NUMBER + r',"end":' + NUMBER + r',"size":' + NUMBER
    + r'(?:,"left":' + HASHES + r')?,"checkpoint":' + TEXT
    + r'(?:,"filter":\{((?:"[a-z_]+":"(?:[ !#-\[\]-~]|\\["\\])*",?)*)\})?'
    + r'(?:,"consistency":\{"from":' + NUMBER + r',"proof":' + HASHES + r"\})?\}"
)
FILTER_TERM = re.compile(r'"([a-z_]{1,32})":' + PLAIN)
ENTRY = re.compile(
    r'\{"sequence":' + NUMBER
    + r',"time":"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})\.([0-9]{6})Z"'
    + r',"since_boot_us":' + NUMBER + r',"action":' + PLAIN + r',"outcome":' + PLAIN
    + r'(?:,"key_version":' + NUMBER + r')?,"count":' + NUMBER
    + "".join(
        r'(?:,"' + key + r'":' + PLAIN + ")?"
        for key in ("reason", "principal", "role", "address", "object", "change")
    )
    + r',"hash":' + HASH + r'(?:,"proof":' + HASHES + r")?\}"
)
SEGMENT = re.compile(
    r'\{"segment":\{"first":' + NUMBER + r',"level":' + NUMBER + r',"proof":' + HASHES + r"\}\}"
)
END = re.compile(r'\{"end":\{"entries":' + NUMBER + r"\}\}")
TEXT_BOUNDS = (512, 64, 128, 128, 16)  # principal, role, address, object, change


def one_hash(text):
    return exact_base64(text)


def hashes(text, maximum=MAX_PROOF):
    found = [exact_base64(item[1:-1]) for item in text.split(",")] if text else []
    if len(found) > maximum:
        raise NotCanonical
    return found


# --------------------------------------------------------------------------------------------------
# Keys, notes (c2sp.org/signed-note) and checkpoints (c2sp.org/tlog-checkpoint).

UNICODE_SPACES = "\x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    chr(c) for c in range(0x2000, 0x200B)
)


def is_name(name):
    return 0 < len(name.encode("utf-8")) <= 256 and not any(
        c <= " " or c == "+" or c in UNICODE_SPACES for c in name
    )


class Key:
    """A verifier key: NAME+KEYID+BASE64 of 0x01 and an Ed25519 public key."""

    def __init__(self, text):
        self.name, key_id, encoded = text.split("+", 2)
        typed = exact_base64(encoded)
        if not is_name(self.name) or len(typed) != 33 or typed[0] != 1:
            raise NotCanonical
        self.public_key = typed[1:]
        self.key_id = hashlib.sha256(self.name.encode("utf-8") + b"\n" + typed).digest()[:4]
        if self.key_id.hex() != key_id:
            raise NotCanonical


def parse_note(data):
    """Returns the note's text and its signatures, (name, key id, signature)."""
    text = data.decode("utf-8")
    if not text.endswith("\n") or any(c < " " and c != "\n" for c in text):
        raise NotCanonical
    blank = text.rfind("\n\n")
    if blank < 0:
        raise NotCanonical
    body, signatures = text[: blank + 1], []
    for line in text[blank + 2 :].split("\n")[:-1]:
        name, space, encoded = line[2:].partition(" ")
        if line[:2] != "\u2014 " or not space or not is_name(name) or len(encoded) > 8 << 10:
            raise NotCanonical
        signature = exact_base64(encoded)
        if len(signature) <= 4:
            raise NotCanonical
        signatures.append((name, signature[:4], signature[4:]))
    if not 1 <= len(signatures) <= 16 or len(body.encode("utf-8")) > MAX_NOTE:
        raise NotCanonical
    return body, signatures


ORIGIN = re.compile(r"cardvault/([A-Za-z0-9._:-]{1,50})/log/([1-9][0-9]{0,9})")


def parse_origin(origin):
    """Returns (vault, number of the log)."""
    match = ORIGIN.fullmatch(origin)
    if not match or re.search("[0-9]{12}", match[1]) or int(match[2]) > MAX_U32:
        raise NotCanonical
    return match[1], int(match[2])


class Checkpoint:
    """What a note's text says; lines behind the third are extensions."""

    def __init__(self, body):
        lines = body[:-1].split("\n")
        if len(lines) < 3 or not all(lines) or not re.fullmatch(NUMBER, lines[1]):
            raise NotCanonical
        self.origin, self.size = lines[0], number(lines[1])
        self.vault, self.log = parse_origin(self.origin)
        self.root = exact_base64(lines[2])
        if len(self.root) != 32 or (self.size == 0 and self.root != hashlib.sha256().digest()):
            raise NotCanonical


NO_CHECKPOINT = "this is no signed checkpoint of a log"


def open_trusted(note, keys, file, line):
    """The checkpoint in a note that one of the keys signed."""
    try:
        body, signatures = parse_note(note)
        checkpoint = Checkpoint(body)
    except (NotCanonical, UnicodeError):
        raise Bad("bad-checkpoint", NO_CHECKPOINT, file, line) from None
    if all(key.name != checkpoint.origin for key in keys):
        text = "the checkpoint is of another log than the given keys sign for"
        raise Bad("foreign-log", text, file, line)
    seen, is_signed = set(), False
    for name, key_id, signature in signatures:
        named = [key for key in keys if (key.name, key.key_id) == (name, key_id)]
        if not named:
            continue
        if (name, key_id) in seen:
            raise Bad("bad-checkpoint", NO_CHECKPOINT, file, line)
        seen.add((name, key_id))
        message = body.encode("utf-8")
        if not any(ed25519_verify(key.public_key, message, signature) for key in named):
            text = "the checkpoint's signature is not that of the key: it was altered"
            raise Bad("bad-signature", text, file, line)
        is_signed = is_signed or name == checkpoint.origin
    if not is_signed:
        raise Bad("unknown-key", "none of the given keys signed the checkpoint", file, line)
    return checkpoint


# --------------------------------------------------------------------------------------------------
# Files.


class LineFile:
    """A file of lines, each of at most so many bytes, newline counted."""

    def __init__(self, path, maximum):
        self.path, self.maximum, self.line = path, maximum, 0
        try:
            if not stat.S_ISREG(os.stat(path).st_mode):
                raise OSError
            self.file = open(path, "rb")
        except OSError:
            raise Bad("unreadable", UNREADABLE, path) from None

    def next(self):
        """The next line without its newline; None behind the last one."""
        try:
            line = self.file.readline(self.maximum)
        except OSError:
            raise Bad("unreadable", UNREADABLE, self.path) from None
        if not line:
            return None
        self.line += 1
        if line.endswith(b"\n"):
            return line[:-1]
        if len(line) == self.maximum:
            raise NotCanonical
        raise EOFError


class Export:
    """An export's file: its header, then its lines."""

    def __init__(self, path):
        self.path = path
        self.lines = LineFile(path, MAX_LINE)
        self.expected = None  # the sequence that comes next, for what is said of a bad line
        self.parse_header(self.read())

    def bad(self, word, text, sequence=None, line=None):
        return Bad(word, text, self.path, self.lines.line if line is None else line, sequence)

    def malformed(self):
        text = "the line is not in the form of an export, or of a later version than this program"
        return self.bad("malformed", text, self.expected)

    def cut(self):
        text = "the file is cut off: its export has no end"
        return self.bad("cut-file", text, self.expected, max(self.lines.line, 1))

    def read(self):
        try:
            line = self.lines.next()
            if line is None:
                raise EOFError
            return line.decode("ascii")
        except EOFError:
            raise self.cut() from None
        except (NotCanonical, UnicodeError):
            raise self.malformed() from None

    def parse_header(self, line):
        start = HEADER_START.match(line)
        try:
            if start and not line[start.end() : start.end() + 1].isdigit() and number(start[1]) != 1:
                text = "the export has a format version that this program does not know"
                raise self.bad("version", text)
            match = HEADER.fullmatch(line)
            if not match:
                raise NotCanonical
            self.take_header(match)
        except NotCanonical:
            raise self.malformed() from None

    def take_header(self, match):
        kind, origin, first, end, size, left, note, terms, from_, proof = match.groups()
        self.is_range = kind == "range"
        self.origin = plain(origin, 256)
        self.first, self.end, self.size = number(first), number(end), number(size)
        if (left is not None) != self.is_range or (terms is None) != self.is_range:
            raise NotCanonical
        self.left = hashes(left, 64) if self.is_range else []
        self.note = unescape(note).encode("utf-8")
        self.consistency = None if from_ is None else (number(from_), hashes(proof))
        if not self.is_range:
            self.check_filter(terms)
        self.vault, self.log = parse_origin(self.origin)
        if (
            not self.first <= self.end <= self.size
            or (self.is_range and self.first == self.end)
            or (self.is_range and len(self.left) != bin(self.first).count("1"))
            or not 0 < len(self.note) <= MAX_HEADER_NOTE
            or (self.consistency and not 0 < self.consistency[0] < self.size)
        ):
            raise NotCanonical

    @staticmethod
    def check_filter(terms):
        found = [(name, plain(value, 512)) for name, value in FILTER_TERM.findall(terms)]
        names = [name for name, _ in found]
        again = ",".join('"%s":"%s"' % (name, escape(value)) for name, value in found)
        if again != terms or len(found) > 16 or names != sorted(set(names)):
            raise NotCanonical

    def next(self):
        """("entry", Entry), ("segment", first, level, proof) or ("end", count)."""
        line = self.read()
        try:
            if line.startswith('{"segment":'):
                match = SEGMENT.fullmatch(line)
                if not match:
                    raise NotCanonical
                level = number(match[2], MAX_SEGMENT_LEVEL)
                return "segment", number(match[1]), level, hashes(match[3])
            if not line.startswith('{"end":'):
                return "entry", Entry(line, not self.is_range)
            match = END.fullmatch(line)
            if not match:
                raise NotCanonical
            count, is_more = number(match[1]), True
            try:
                is_more = self.lines.next() is not None
            except EOFError:
                pass
            if is_more:
                raise NotCanonical
            return "end", count
        except NotCanonical:
            raise self.malformed() from None

    def open(self, keys):
        """The root that the header's checkpoint signs."""
        checkpoint = open_trusted(self.note, keys, self.path, 1)
        if (checkpoint.origin, checkpoint.size) != (self.origin, self.size):
            text = "the first line says another log or size than its checkpoint"
            raise self.bad("bad-checkpoint", text)
        return checkpoint.root


class Entry:
    """An entry, and the hash of the bytes that stand in the log (docs/formats/audit_log.md)."""

    def __init__(self, line, has_proof):
        match = ENTRY.fullmatch(line)
        if not match or (match[21] is not None) != has_proof:
            raise NotCanonical
        (sequence, year, month, day, hour, minute, second, micro, boot, action, outcome, version,
         count, reason, *texts, said, proof) = match.groups()
        self.sequence = number(sequence)
        try:
            time = datetime.datetime(*map(int, (year, month, day, hour, minute, second)))
        except ValueError:
            raise NotCanonical from None
        since = time - datetime.datetime(1970, 1, 1)
        micros = (since.days * 86400 + since.seconds) * 1000000 + int(micro)
        self.time = line[line.index('"time":"') + 8 :][:27]
        self.action = plain(action, 64)
        count, version = number(count, MAX_U32), number(version or "0", MAX_U32)
        reason = plain(reason, 64) if reason is not None else ""
        if (
            micros < 0
            or self.action not in ACTIONS
            or outcome not in OUTCOMES
            or count == 0
            or match[12] == "0"
            or (match[14] is not None and reason not in REASONS)
            or "" in texts
        ):
            raise NotCanonical
        texts = [plain(text or "", bound) for text, bound in zip(texts, TEXT_BOUNDS)]
        self.object, change = texts[3], texts[4]
        self.said = one_hash(said)
        self.proof = hashes(proof) if has_proof else []
        data = bytearray([2 if change else 1])
        data += self.sequence.to_bytes(8, "big") + micros.to_bytes(8, "big")
        data += number(boot, MAX_I64).to_bytes(8, "big")
        data += ACTIONS[self.action].to_bytes(2, "big") + OUTCOMES[outcome].to_bytes(1, "big")
        data += version.to_bytes(4, "big") + count.to_bytes(4, "big")
        for text in [reason] + texts[:4] + ([change] if change else []):
            data += len(text).to_bytes(2, "big") + text.encode("ascii")
        self.hash = leaf_hash(bytes(data))


class Notes:
    """The outside checkpoints of one log, in order: `front` is the next one, not yet verified."""

    def __init__(self, path, vault, log):
        self.path, self.vault, self.log = path, vault, log
        self.front = self.lines = None
        self.last = (0, 0)
        self.earlier_log = 0  # of the last note of a log before
        if path:
            self.lines = LineFile(path, MAX_NOTE_LINE)
            self.advance()
            if self.last == (0, 0):
                raise Bad("bad-checkpoint", "the file holds no checkpoint", path)

    def read_line(self):
        try:
            return self.lines.next()
        except (EOFError, NotCanonical):
            raise Bad("bad-checkpoint", NO_CHECKPOINT, self.path, self.lines.line) from None

    def read_note(self):
        note = b""
        self.line = self.lines.line + 1
        for block in range(2):
            if block == 1:
                note += b"\n"
            while True:
                line = self.read_line()
                if not line:
                    break
                note += line + b"\n"
                if len(note) > MAX_NOTE:
                    raise Bad("bad-checkpoint", NO_CHECKPOINT, self.path, self.line)
            if line is None and not note:
                return None
        return note

    def advance(self):
        self.front = None
        while self.lines and self.front is None:
            note = self.read_note()
            if note is None:
                return
            try:
                said = Checkpoint(parse_note(note)[0])
            except (NotCanonical, UnicodeError):
                raise Bad("bad-checkpoint", NO_CHECKPOINT, self.path, self.line) from None
            if said.vault != self.vault:
                text = "the checkpoint is of another vault"
                raise Bad("foreign-log", text, self.path, self.line)
            if (said.log, said.size) < self.last:
                text = (
                    "the checkpoint is smaller than the one before it: the log was rolled back, "
                    "or this is not the order in which they were written"
                )
                raise Bad("notes-backwards", text, self.path, self.line)
            self.last = (said.log, said.size)
            if said.log < self.log:
                self.earlier_log = said.log
            if said.log == self.log:
                self.front, self.note = said, note

    def place(self):
        return self.path, self.line

    def open(self, keys):
        return open_trusted(self.note, keys, self.path, self.line)


# --------------------------------------------------------------------------------------------------
# Verification.


def check_entry_hash(export, entry):
    if entry.hash != entry.said:
        text = "its fields do not have its hash: it was edited"
        raise export.bad("edited", text, entry.sequence)


def next_segment(first, end):
    """The level of the first of the fewest complete subtrees that [first, end) falls into."""
    level = 0
    while (
        level < MAX_SEGMENT_LEVEL
        and first % (2 << level) == 0
        and first + (2 << level) <= end
    ):
        level += 1
    return level


RESTORED = re.compile(r"log ([1-9][0-9]{0,9}) size " + NUMBER + r" root ([A-Za-z0-9+/]{43}=)")
RETIRED = re.compile(NUMBER + r"\.\." + NUMBER + r" root ([A-Za-z0-9+/]{43}=)")
OTHER_ROOT = "the log has another history than this checkpoint of it: it was rolled back or forked"
OTHER_FILE = "the files have other histories: a checkpoint of this one is not that of the entries"
OTHER_RESTORE = "the log has another history than the log after its restore says of it"
NO_PROOF = "the log does not go on behind this checkpoint of it, or its proof was altered"


class LogChain:
    """Range exports of one log, one behind the other: one pass over their entries."""

    def __init__(self, keys, notes_path, vault, log, later):
        self.keys, self.vault, self.log, self.later = keys, vault, log, later
        self.notes = Notes(notes_path, vault, log)
        self.earlier = Notes(notes_path if log > 1 else None, vault, log - 1)
        self.tree, self.begin, self.known = None, 0, []
        self.differs = self.earlier_differs = self.restore = self.newest = None
        self.newest_confirmed = self.earlier_confirmed = False
        self.confirmed = self.retired = None
        if later:
            size, root, kept, kept_root = later
            self.add_known(size, root, ("", 0), OTHER_RESTORE, True)
            self.add_known(kept, kept_root, ("", 0), OTHER_RESTORE, False)

    def add_known(self, size, root, place, text, is_anchor):
        if any(other[0] == size and other[1] != root for other in self.known):
            raise Bad("forked", text, *place)
        self.known.append((size, root, place, text, is_anchor))

    def note_seen(self, is_confirmed):
        notes = self.notes
        self.newest = (notes.front.size, notes.note, notes.place())
        self.newest_confirmed = is_confirmed

    def check_roots(self):
        size, export = self.tree.size, self.export
        if export.consistency and export.consistency[0] == size and not self.differs:
            if not verify_consistency(
                size, self.tree.root(), export.size, self.root, export.consistency[1]
            ):
                self.differs = export.bad("inconsistent", NO_PROOF, line=1)
        for known_size, root, place, text, is_anchor in self.known:
            if known_size == size:
                if root != self.tree.root() and not self.differs:
                    self.differs = Bad("forked", text, *(place if place[0] else (export.path, 0)))
                if is_anchor:
                    self.confirmed = size
        self.known = [known for known in self.known if known[0] != size]
        earlier = self.earlier
        while earlier.front and earlier.front.size <= size and not self.restore:
            if earlier.front.size == size:
                if earlier.open(self.keys).root != self.tree.root() and not self.earlier_differs:
                    self.earlier_differs = Bad("forked", OTHER_ROOT, *earlier.place())
                self.earlier_confirmed = True
            earlier.advance()
        notes = self.notes
        while notes.front and notes.front.size == size:
            if notes.open(self.keys).root != self.tree.root() and not self.differs:
                self.differs = Bad("forked", OTHER_ROOT, *notes.place())
            self.note_seen(True)
            notes.advance()

    def check_note_elsewhere(self):
        notes, export = self.notes, self.export
        size = notes.front.size
        is_proved = bool(export.consistency) and export.consistency[0] == size
        if is_proved or size == export.size:
            checkpoint = notes.open(self.keys)
            if size == export.size and checkpoint.root != self.root:
                raise Bad("forked", OTHER_ROOT, *notes.place())
            if is_proved and not verify_consistency(
                size, checkpoint.root, export.size, self.root, export.consistency[1]
            ):
                raise Bad("inconsistent", NO_PROOF, *notes.place())
        self.note_seen(is_proved or size == export.size)
        notes.advance()

    def begin_file(self):
        export = self.export
        if self.later and export.size > max(self.later[0], self.later[2]):
            text = "this log had more entries than the restore after it says"
            raise export.bad("undeclared-loss", text)
        self.add_known(export.size, self.root, (export.path, 1), OTHER_FILE, False)
        if self.tree is None:
            self.tree, self.begin = Tree(export.first, export.left), export.first
            self.begin_root = self.tree.root()
            while self.notes.front and self.notes.front.size < export.first:
                self.check_note_elsewhere()
            self.known = [known for known in self.known if known[0] >= export.first]
        elif export.first > self.tree.size:
            text = "entries are missing between this file and those before it"
            raise export.bad("gap", text, self.tree.size)
        elif export.first < self.tree.size:
            text = "the file begins within the entries of another one"
            raise export.bad("overlap", text, self.tree.size)
        elif export.left != self.tree.peaks:
            text = "the entries before this file are not those of the files before it"
            raise export.bad("forked", text)
        self.segment_first, self.is_left_proved = export.first, False
        self.check_roots()

    def take_restore(self, entry):
        match = RESTORED.fullmatch(entry.object)
        # Of an earlier restore: it is among the entries that this log was restored with.
        if match and int(match[1]) + 1 < self.log and not self.restore:
            return
        try:
            if not match or int(match[1]) + 1 != self.log or self.restore:
                raise NotCanonical
            size, root = number(match[2]), exact_base64(match[3])
        except NotCanonical:
            text = "the declaration of a restore is not of the log before this one"
            raise self.export.bad("bad-restore", text, self.tree.size) from None
        if self.earlier_differs and not self.differs:
            self.differs = self.earlier_differs
        earlier = self.earlier
        while earlier.front:
            if earlier.front.size >= size:
                checkpoint = earlier.open(self.keys)
                if checkpoint.size > size:
                    text = "the log before had more entries than the restore after it says"
                    raise Bad("undeclared-loss", text, *earlier.place())
                if checkpoint.root != root:
                    text = "the restore says another checkpoint of the log before than this one"
                    raise Bad("forked", text, *earlier.place())
                self.earlier_confirmed = True
            earlier.advance()
        self.restore = (size, root, self.tree.size, self.tree.root())

    def take_retirement(self, entry):
        match = RETIRED.fullmatch(entry.object)
        try:
            end, root = match and number(match[2]) + 1, match and exact_base64(match[3])
        except NotCanonical:
            return
        if not match or end != self.begin:
            return
        if root != self.begin_root and not self.differs:
            text = "the entries before this file are not those that the log says it retired"
            self.differs = Bad("forked", text, self.export.path, 1)
        self.retired = entry.time

    def add_entry(self, entry):
        export, expected = self.export, self.tree.size
        if entry.sequence > expected and expected < export.end:
            text = "it is missing here: a later entry stands in its place"
            raise export.bad("missing", text, expected)
        if entry.sequence != expected or self.segment_first == export.end:
            raise export.bad("out-of-order", "it does not belong here", entry.sequence)
        level = next_segment(self.segment_first, export.end)
        if expected == self.segment_first + (1 << level):
            text = "the proof of the entries to %d is missing" % (expected - 1)
            raise export.bad("unproved", text, self.segment_first)
        check_entry_hash(export, entry)
        if entry.action == LOG_RESTORED:
            self.take_restore(entry)
        if entry.action == LOG_RETIRED:
            self.take_retirement(entry)
        whole = self.tree.append(entry.hash, (level, self.segment_first >> level))
        self.segment_hash = whole or self.segment_hash
        self.last_time = entry.time
        self.check_roots()

    def add_segment(self, first, level, proof):
        export, position = self.export, self.tree.size
        if (
            self.segment_first == export.end
            or first != self.segment_first
            or level != next_segment(first, export.end)
        ):
            text = "the proof is not that of the entries before it"
            raise export.bad("unproved", text, self.segment_first)
        if position != first + (1 << level):
            raise export.bad("missing", "it is missing here: its segment ends", position)
        top = ((export.size - 1) >> level) + 1
        if not verify_inclusion(self.segment_hash, first >> level, top, proof, self.root):
            text = (
                "this entry or another one to %d was edited together with its hash, or their "
                "proof was" % (position - 1)
            )
            raise export.bad("unproved", text, first)
        if not self.is_left_proved and left_of(first, level, export.size, proof) != export.left:
            text = "what the first line says of the entries before is not what is proved"
            raise export.bad("wrong-left", text, line=1)
        self.is_left_proved, self.segment_first = True, position
        if self.differs:
            raise self.differs

    def add_file(self, path):
        self.export = export = Export(path)
        self.segment_hash = None
        if (export.vault, export.log) != (self.vault, self.log):
            raise export.bad("foreign-log", "the file is of another log than the others")
        self.root = export.open(self.keys)
        self.begin_file()
        while True:
            export.expected = self.tree.size if self.tree.size < export.end else None
            kind, *line = export.next()
            if kind == "entry":
                self.add_entry(*line)
            elif kind == "segment":
                self.add_segment(*line)
            else:
                break
        if self.segment_first != export.end:
            text = "it is missing, or its proof is, at the end"
            raise export.bad("missing", text, self.tree.size)
        if line[0] != export.end - export.first:
            raise export.bad("wrong-count", "the last line says another number of entries")

    def finish(self):
        export = self.export
        while self.notes.front:
            self.check_note_elsewhere()
        if self.newest:
            size, note, place = self.newest
            open_trusted(note, self.keys, *place)
            if size > export.size:
                text = (
                    "the log had %d entries at this checkpoint, and %d at the export's: the last "
                    "%d are missing" % (size, export.size, size - export.size)
                )
                raise Bad("cut-tail", text, *place)
        if self.log > 1 and not self.restore and self.begin == 0 and self.tree.size == export.size:
            text = "a log after another one does not say what it continues"
            raise export.bad("bad-restore", text, line=0)
        text = "entries %d..%d intact as of %s" % (self.begin, self.tree.size - 1, self.last_time)
        if self.log > 1 or self.later:
            text += " in log %d" % self.log
        if self.retired:
            text += "; entries 0..%d retired at %s by policy" % (self.begin - 1, self.retired)
        if self.restore:
            text += "; declared restore of log %d at size %d, with %d entries" % (
                (self.log - 1,) + self.restore[:1] + self.restore[2:3]
            )
        between = self.notes.earlier_log
        if between and between + 1 < self.log:
            return "intact-unanchored", text + (
                "; the outside checkpoints of log %d cannot be compared: none of log %d follows "
                "them" % (between, self.log - 1)
            )
        if self.newest and self.newest_confirmed:
            return "intact", text + "; confirmed by the outside checkpoint at size %d" % (
                self.newest[0]
            )
        if self.newest:
            return "intact-unanchored", text + (
                "; the newest outside checkpoint, at size %d, cannot be compared: later entries "
                "not excluded" % self.newest[0]
            )
        if self.confirmed is not None:
            return "intact", text + "; confirmed by the log after it at size %d" % self.confirmed
        if self.restore and self.earlier_confirmed:
            return "intact", text + "; confirmed by the outside checkpoint of the log before"
        return "intact-unanchored", text + "; later entries not excluded"


def verify_filtered(keys, notes_path, path, vault, log):
    export = Export(path)
    if (export.vault, export.log) != (vault, log):
        raise export.bad("foreign-log", "the file is of another log than the others")
    root = export.open(keys)
    least, count = export.first, 0
    while True:
        kind, *line = export.next()
        if kind == "segment":
            raise export.bad("malformed", "a filtered export has no segments")
        if kind == "end":
            break
        entry = line[0]
        if not least <= entry.sequence < export.end:
            raise export.bad("out-of-order", "it does not belong here", entry.sequence)
        check_entry_hash(export, entry)
        if not verify_inclusion(entry.hash, entry.sequence, export.size, entry.proof, root):
            text = "it was edited together with its hash, or its proof was"
            raise export.bad("unproved", text, entry.sequence)
        least, count = entry.sequence + 1, count + 1
    if line[0] != count:
        raise export.bad("wrong-count", "the last line says another number of entries")
    notes, newest, agrees = Notes(notes_path, vault, log), None, None
    while notes.front:
        size = notes.front.size
        is_proved = bool(export.consistency) and export.consistency[0] == size
        agrees = is_proved or size == export.size
        if agrees:
            checkpoint = notes.open(keys)
            if size == export.size and checkpoint.root != root:
                text = "the log has another history than this checkpoint of it"
                raise Bad("forked", text, *notes.place())
            if is_proved and not verify_consistency(
                size, checkpoint.root, export.size, root, export.consistency[1]
            ):
                raise Bad("inconsistent", NO_PROOF, *notes.place())
        newest = (notes.note, notes.place())
        notes.advance()
    text = "%d entries are present in the log of %d entries; that they are all is not claimed" % (
        count,
        export.size,
    )
    if newest is None:
        return "present-unanchored", text + "; no outside checkpoint was given"
    open_trusted(newest[0], keys, *newest[1])
    if agrees:
        return "present", text + "; confirmed by the newest outside checkpoint"
    return "present-unanchored", text + "; the newest outside checkpoint cannot be compared"


def verify_files(files, keys, notes_path):
    vault, ranges, filtered = None, {}, []
    for path in files:
        export = Export(path)
        if vault not in (None, export.vault):
            raise export.bad("foreign-log", "the file is of another vault than the first")
        vault = export.vault
        if export.is_range:
            ranges.setdefault(export.log, []).append((export.first, path))
        else:
            filtered.append((path, export.log))
    verdicts, restore = [], None
    for log in sorted(ranges, reverse=True):  # the newest says of the one before where it ended
        if restore and restore[0] != log:
            restore = None
        chain = LogChain(keys, notes_path, vault, log, restore and restore[1])
        for _, path in sorted(ranges[log], key=lambda item: item[0]):
            chain.add_file(path)
        verdicts.append(chain.finish())
        restore = chain.restore and (log - 1, chain.restore)
    for path, log in filtered:
        verdicts.append(verify_filtered(keys, notes_path, path, vault, log))
    words = [word for word, _ in verdicts]
    word = next((word for word in words if word not in ANCHORED), words[0])
    return word, "\n".join(text for _, text in verdicts)


def verdict_of(files, keys, notes_path=None):
    """What a verification comes to, as the object that --json prints."""
    try:
        word, text = verify_files(files, keys, notes_path)
        return {"verdict": word, "good": True, "text": text}
    except Bad as bad:
        verdict = {"verdict": bad.word, "good": False}
        if bad.file:
            verdict["file"] = bad.file
        if bad.line:
            verdict["line"] = bad.line
        if bad.sequence is not None:
            verdict["sequence"] = bad.sequence
        verdict["text"] = bad.text
        return verdict


def report_of(verdict):
    if verdict["good"]:
        return verdict["text"]
    if "file" not in verdict:
        return "%s: %s" % (verdict["verdict"], verdict["text"])
    place = verdict["file"] + (":%d" % verdict["line"] if "line" in verdict else "")
    if "sequence" in verdict:
        place += ": entry %d" % verdict["sequence"]
    return "%s: %s: %s" % (verdict["verdict"], place, verdict["text"])


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="+", metavar="EXPORT")
    parser.add_argument("--key", action="append", required=True, metavar="VKEY")
    parser.add_argument("--checkpoint", metavar="NOTES")
    parser.add_argument("--no-anchor", action="store_true")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    try:
        keys = [Key(text) for text in arguments.key]
    except (NotCanonical, ValueError):
        parser.error("--key: not a verifier key, NAME+KEYID+BASE64")
    verdict = verdict_of(arguments.files, keys, arguments.checkpoint)
    print(json.dumps(verdict) if arguments.json else report_of(verdict))
    is_enough = verdict["verdict"] in ANCHORED or (verdict["good"] and arguments.no_anchor)
    return 0 if is_enough else 1


if __name__ == "__main__":
    sys.exit(main())
