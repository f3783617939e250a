#!/usr/bin/python3
"""tools/secret_search.py finds what it should, and fails rather than being blind."""

import base64
import json
import os
import subprocess
import sys
import tempfile
import unittest

sys.path[:0] = [os.path.abspath("tests/tools"), os.path.abspath("tools")]
import secret_search
import xml_unittest

SEARCH = os.path.abspath("tools/secret_search.py")

# Made up: no issuer's range, and not Luhn-valid.
CARD = "99999987654" + "32100"
OTHER_CARD = "99999912345" + "67890"
ODD_CARD = "99999912345" + "6789"
CVV = "731"

IS_ROOT = os.geteuid() == 0


class SecretSearchTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def put(self, data, name="file"):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(data)
        return path

    def search(self, *words, secrets=(f"card {CARD}", f"cvv {CVV}")):
        return subprocess.run(
            [SEARCH, *words], input="\n".join(secrets), capture_output=True, text=True, check=False
        )

    def found(self, *words, **kwargs):
        """(class, spelling) of what is found."""
        done = self.search("--json", *words, **kwargs)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        findings = json.loads(done.stdout)["findings"]
        self.assertEqual(done.returncode, 1 if findings else 0)
        return {(finding["class"], finding["spelling"]) for finding in findings}

    def test_finds_nothing_in_what_is_clean(self):
        self.put(os.urandom(1 << 20))
        self.put(b"cvv 731, 731, \x2a\x04731, 99999987654", "deep/er/file")
        self.assertEqual(self.found(self.folder), set())

    def test_finds_every_spelling_of_a_card_number(self):
        number = CARD.encode()
        spelled = {
            "digits": number,
            "UTF-16": CARD.encode("utf-16-le"),
            "UTF-32": CARD.encode("utf-32-le"),
            "hexadecimal": number.hex().encode(),
            "percent-encoded": "".join(f"%{byte:02X}" for byte in number).encode(),
            "groups with blanks": b" ".join(number[i : i + 4] for i in range(0, 16, 4)),
            "groups with dashes": b"-".join(number[i : i + 4] for i in range(0, 16, 4)),
            "digit values": bytes(byte - 48 for byte in number),
            "integer, big-endian": int(CARD).to_bytes(8, "big"),
            "integer, little-endian": int(CARD).to_bytes(8, "little"),
            "BCD": bytes.fromhex(CARD),
        }
        for shift in range(3):
            text = base64.urlsafe_b64encode(b"abc"[:shift] + number + b"tail")
            spelled[f"base64 ({shift})"] = text
        for name, data in spelled.items():
            with self.subTest(name):
                self.put(b"before" + data + b"after")
                self.assertEqual(self.found(self.folder), {("card number", name)})

    def test_finds_an_odd_number_of_digits_packed_at_either_end(self):
        for data, name in ((ODD_CARD + "f", "BCD (left)"), ("0" + ODD_CARD, "BCD (right)")):
            self.put(bytes.fromhex(data))
            self.assertEqual(
                self.found(self.folder, secrets=[f"card {ODD_CARD}"]), {("card number", name)}
            )

    def test_finds_a_cvv_as_it_travels(self):
        for data, name in (
            (b'{"cvv":"731"}', "JSON field"),
            (b'{"cvv": "731"}', "spaced JSON field"),
            (b'"{\\"cvv\\":\\"731\\"}"', "escaped JSON field"),
            (b"pan=&cvv=731&x", "form field"),
            (b"\x0a\x10..\x10\x0c\x18\xf3\x0f\x2a\x03731\x12\x03r-1", "protobuf field of Card"),
            (b"\x0a\x2btok_test_\x12\x03731", "protobuf field of ProvideCvv"),
            (b"DEUSD731jane@", "signed values after USD"),
            (b"\x08\x07\x06\x05\x04\x7f\0\0\x03\0\0\0\0\0\0\x00731\0", "string object"),
            (b"FF2A03373331FF", "protobuf field of Card in capital hexadecimal"),
            (base64.b64encode(b'{"a":1,"cvv":"731","b":2}'), "JSON field in base64 (1)"),
            ('{"cvv":"731"}'.encode("utf-16-be"), "JSON field in UTF-16"),
        ):
            with self.subTest(name):
                self.put(data)
                self.assertIn(("CVV", name), self.found(self.folder))

    def test_tells_cards_that_begin_alike_apart(self):
        self.put(CARD.encode())
        self.assertEqual(self.found(self.folder, secrets=[f"card {OTHER_CARD}"]), set())
        both = [f"card {OTHER_CARD}", f"card {CARD}"]
        self.assertEqual(self.found(self.folder, secrets=both), {("card number", "digits")})

    def test_finds_what_lies_across_two_chunks_and_counts_it_once(self):
        secret = secret_search.Secret("card", CARD, False)
        chunk, secret_search.CHUNK = secret_search.CHUNK, 4096
        try:
            for end in range(len(CARD) + 1):
                self.put(bytes(4096 - end) + CARD.encode() + bytes(9000))
                result = secret_search.search([secret], [self.folder])
                self.assertEqual([finding["count"] for finding in result["findings"]], [1])
        finally:
            secret_search.CHUNK = chunk

    def test_finds_a_secret_in_the_name_of_a_file(self):
        self.put(b"", CARD)
        self.assertEqual(self.found(self.folder), {("card number", "digits")})

    def test_prints_no_secret_and_leaves_no_planted_file(self):
        self.put(f'{CARD} "cvv":"{CVV}"'.encode(), "x")
        for words in ([], ["--json"]):
            done = self.search(*words, self.folder)
            self.assertEqual(done.returncode, 1)
            self.assertNotIn(CARD, done.stdout + done.stderr)
            self.assertNotIn(CVV, done.stdout + done.stderr)
        self.assertEqual(os.listdir(self.folder), ["x"])

    def test_refuses_what_it_cannot_search(self):
        self.assertEqual(self.search(os.path.join(self.folder, "missing")).returncode, 2)
        self.assertEqual(self.search(self.folder, secrets=[]).returncode, 2)
        self.assertEqual(self.search(self.folder, secrets=["card 12x"]).returncode, 2)
        self.assertEqual(self.search().returncode, 2)

    def test_a_blind_search_fails(self):
        class Blind(secret_search.Finder):
            def find(self, data, limit):
                return (hit for hit in super().find(data, limit) if hit.spelling != "UTF-16")

        good, secret_search.Finder = secret_search.Finder, Blind
        try:
            with self.assertRaisesRegex(secret_search.CannotTell, "card number as UTF-16"):
                secret_search.search([secret_search.Secret("card", CARD, False)], [self.folder])
        finally:
            secret_search.Finder = good

    @unittest.skipUnless(IS_ROOT, "memory: not searched (needs root)")
    def test_finds_a_secret_in_memory_that_is_hidden_from_others(self):
        for text, expected in (
            (b"nothing", set()),
            (CARD.encode(), {("card number", "digits")}),
            (b"\x2a\x03731", {("CVV", "protobuf field of Card")}),
        ):
            with subprocess.Popen(
                [sys.executable, "-I", "-c", secret_search.HOLDER],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            ) as holder:
                held = b"a marker " + text
                holder.stdin.write(b"%d\n%b" % (len(held), held))
                holder.stdin.flush()
                holder.stdout.readline()
                pid = ["--pid", str(holder.pid)]
                self.assertEqual(self.found(*pid, "--marker", "a marker"), expected)
                self.assertEqual(self.search(*pid, "--marker", "another marker").returncode, 2)
                explained = self.search(*pid, "--explain").stdout
                self.assertEqual("SECRET" in explained, bool(expected))
                self.assertNotIn(CARD, explained)
                holder.stdin.close()

    @unittest.skipUnless(IS_ROOT, "memory: not searched (needs root)")
    def test_constants_of_the_program_are_counted_apart(self):
        with open("/usr/bin/sleep", "rb") as file:
            program = file.read()
        constant = b"Report any translation bugs to"  # of its help: read-only data
        self.assertIn(constant, program)
        path = self.put(program.replace(constant, CARD.encode().ljust(len(constant))), "program")
        os.chmod(path, 0o700)
        with subprocess.Popen([path, "60"]) as process:
            try:
                pid = ["--json", "--pid", str(process.pid)]
                result = json.loads(self.search(*pid).stdout)
                self.assertEqual((result["found"], result["programs_own"]), (0, 1))
                # With nothing on disk to compare with it could be anybody's.
                os.unlink(path)
                result = json.loads(self.search(*pid).stdout)
                self.assertEqual((result["found"], result["programs_own"]), (1, 0))
            finally:
                process.kill()

    @unittest.skipUnless(IS_ROOT, "memory: not searched (needs root)")
    def test_a_mapped_file_of_data_is_no_program(self):
        path = self.put(CARD.encode().ljust(8192))
        program = (
            "import mmap, sys; file = open(sys.argv[1], 'rb'); "
            "data = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ); sum(data[::512]); "
            "print('ready', flush=True); sys.stdin.read()"
        )
        with subprocess.Popen(
            [sys.executable, "-I", "-c", program, path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as process:
            process.stdout.readline()
            found = self.found("--pid", str(process.pid))
            process.stdin.close()
        self.assertEqual(found, {("card number", "digits")})

    @unittest.skipUnless(IS_ROOT, "memory: not searched (needs root)")
    def test_a_process_that_is_gone_is_no_clean_process(self):
        done = subprocess.Popen(["/bin/true"])
        done.wait()
        self.assertEqual(self.search("--pid", str(done.pid)).returncode, 2)


if __name__ == "__main__":
    xml_unittest.main()
