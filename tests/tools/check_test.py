#!/usr/bin/python3
"""Each check of tools/check finds what it is there for, and nothing else."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest

import xml_unittest

TOOLS = os.path.abspath("tools")
CLANG_FORMAT = os.path.abspath(".clang-format")

# Never written out: this file is searched too.
VISA = "4" + 15 * "1"
AMEX = str(378282 * 10**9 + 246310005)


def header(path, body=""):
    guard = "CARDVAULT_" + re.sub("[^A-Z0-9]", "_", path.upper()) + "_"
    return f"#ifndef {guard}\n#define {guard}\n{body}\n#endif  // {guard}\n"


class CheckTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = os.path.join(folder.name, "tree")
        self.fake_bin = os.path.join(folder.name, "bin")
        os.mkdir(self.fake_bin)
        subprocess.run(["git", "init", "--quiet", self.root], check=True)
        shutil.copy(CLANG_FORMAT, os.path.join(self.root, ".clang-format"))
        self.fake_bazel("exit 0")
        self.plant("base/clock.cc", '#include "base/clock.h"\n')
        self.plant("base/clock.h", header("base/clock.h"))
        self.plant("tools/hello.sh", "#!/bin/bash\necho hello\n")

    def plant(self, path, text):
        """Writes a file and has git track it."""
        whole = os.path.join(self.root, path)
        os.makedirs(os.path.dirname(whole), exist_ok=True)
        with open(whole, "w", encoding="utf-8") as file:
            file.write(text)
        subprocess.run(["git", "-C", self.root, "add", path], check=True)

    def fake_bazel(self, script):
        path = os.path.join(self.fake_bin, "bazel")
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"#!/bin/bash\n{script}\n")
        os.chmod(path, 0o755)

    def check(self, *options):
        """(exit status, whole output, names of the failed checks)."""
        done = subprocess.run(
            [os.path.join(TOOLS, "check"), "--root", self.root, *options],
            env={"PATH": f"{self.fake_bin}:/usr/bin:/bin", "HOME": self.root},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        failed = re.findall(r"^(\S+) +FAILED ", done.stdout, re.MULTILINE)
        return done.returncode, done.stdout, failed

    def expect_caught(self, check, *words):
        status, output, failed = self.check(check)
        self.assertEqual(failed, [check], output)
        self.assertEqual(status, 1)
        for word in words:
            self.assertIn(word, output)
        return output

    def expect_clean(self, *options):
        status, output, failed = self.check(*options)
        self.assertEqual((status, failed), (0, []), output)
        return output

    def test_clean_tree_passes(self):
        self.assertTrue(self.expect_clean().endswith("check: ok\n"))

    def test_untracked_file_is_not_checked(self):
        with open(os.path.join(self.root, "notes.txt"), "w", encoding="utf-8") as file:
            file.write(VISA)
        self.expect_clean()

    def test_deleted_file_is_not_missed(self):
        os.remove(os.path.join(self.root, "base/clock.cc"))
        self.expect_clean()

    # format

    def test_unformatted_source_is_caught(self):
        self.plant("base/a.cc", "int  a ;\n")
        self.expect_caught("format", "base/a.cc")

    def test_unformatted_proto_is_caught(self):
        self.plant("proto/a.proto", 'syntax = "proto3";\nmessage   A {}\n')
        self.expect_caught("format", "proto/a.proto")

    def test_blanks_at_line_end_are_caught(self):
        self.plant("docs/a.md", "one\ntwo \n")
        self.expect_caught("format", "docs/a.md:2")

    def test_missing_last_newline_is_caught(self):
        self.plant("docs/a.md", "one")
        self.expect_caught("format", "docs/a.md:1")

    # pan-literals

    def test_card_number_is_caught_and_not_printed(self):
        self.plant("base/a.txt", f"one\n{VISA}\n")
        output = self.expect_caught("pan-literals", "base/a.txt:2")
        self.assertNotIn(VISA, output)

    def test_card_number_inside_a_word_is_caught(self):
        for text in (f"tok_{VISA}", f"{VISA}ULL", f"x{AMEX}x", f'"{VISA}"', f"={VISA}?"):
            with self.subTest(text=text.replace(VISA, "VISA").replace(AMEX, "AMEX")):
                self.plant("base/a.txt", text + "\n")
                self.expect_caught("pan-literals", "base/a.txt:1")

    def test_split_card_number_is_caught(self):
        half = f"{VISA[:8]}@{VISA[8:]}"
        for separator in ("'", " ", "-", '" "', '"\n    "', '" + "', '", "', "' '"):
            with self.subTest(separator=separator):
                self.plant("base/a.txt", f'"{half.replace("@", separator)}"\n')
                quarters = separator.join(VISA[i : i + 4] for i in range(0, 16, 4))
                self.plant("base/b.txt", f'"{quarters}"\n')
                output = self.expect_caught("pan-literals", "base/b.txt:1")
                if separator not in (" ", "-"):
                    self.assertIn("base/a.txt:1", output)

    def test_amex_groups_are_caught(self):
        self.plant("base/a.txt", f"{AMEX[:4]} {AMEX[4:10]} {AMEX[10:]}\n")
        self.expect_caught("pan-literals", "base/a.txt:1")

    def test_card_number_in_a_file_name_is_caught(self):
        self.plant(f"base/{VISA}.txt", "\n")
        self.expect_caught("pan-literals", "in its name")

    def test_other_numbers_pass(self):
        lines = [
            VISA[:-1] + "2",  # fails Luhn
            VISA[:11],  # too short
            VISA + 4 * "1",  # too long
            16 * "0",
            "e3b0c44298fc1c14" + VISA + "27ae41e4649b934c",  # a digest
            "+49171123456" + "74",
            "16 15 14 13 12 11 10 9 8 7",
            "2024-01-01 12:00:00 2024-02-02 13:00:00",
        ]
        self.plant("base/a.txt", "\n".join(lines) + "\n")
        self.expect_clean()

    def test_published_number_passes_in_documents_only(self):
        self.plant("docs/a.md", f"Try {VISA}, or {' '.join([4 * '1'] * 3)}.\n")
        self.expect_clean()
        self.plant("docs/b.md", f"Try {AMEX}.\n")
        self.expect_caught("pan-literals", "docs/b.md:1")

    def test_test_numbers_pass_where_they_belong(self):
        body = f"\n// {VISA}\n"
        self.plant("card/test_pans.h", header("card/test_pans.h", body))
        self.plant("tests/praxis/vectors/a.json", f'"{VISA}"\n')
        self.expect_clean()

    # private-keys

    def test_private_key_is_caught(self):
        for kind in ("", "RSA ", "EC ", "ENCRYPTED ", "OPENSSH "):
            with self.subTest(kind=kind):
                self.plant("deploy/a.pem", f"-----BEGIN {kind}PRIVATE KEY-----\n")
                self.expect_caught("private-keys", "deploy/a.pem:1")

    def test_certificate_passes(self):
        self.plant("deploy/a.pem", "-----BEGIN CERTIFICATE-----\n")
        self.expect_clean()

    # shell

    def test_shell_mistake_is_caught(self):
        self.plant("tools/a", "#!/bin/bash\nrm $1/*\n")
        self.expect_caught("shell", "tools/a")

    def test_shell_mistake_in_ci_is_caught(self):
        self.plant(".ci/run", "#!/usr/bin/env bash\ncd $1\n")
        self.expect_caught("shell", ".ci/run")

    # includes

    def test_foreign_include_is_caught(self):
        for header_name, path in (
            ("rocksdb/db.h", "vault/a.cc"),
            ("p11-kit-1/p11-kit/pkcs11.h", "keys/a.cc"),
            ("openssl/evp.h", "vault/a.cc"),
            ("openssl/evp.h", "forwarder/a.cc"),
            ("grpcpp/grpcpp.h", "vault/a.cc"),
            ("grpc/grpc.h", "vault/a.cc"),
            ("cardvault/v1/a.grpc.pb.h", "vault/a.cc"),
            ("curl/curl.h", "vault/a.cc"),
            ("curl/curl.h", "server/a.cc"),
            ("httplib.h", "vault/a.cc"),
        ):
            for quotes in ("<>", '""'):
                with self.subTest(header=header_name, path=path):
                    line = f"#include {quotes[0]}{header_name}{quotes[1]}\n"
                    self.plant(path, line)
                    self.expect_caught("includes", f"{path}:1")
                    self.plant(path, "\n")
                    subprocess.run(["git", "-C", self.root, "rm", "-qf", path], check=True)

    def test_include_in_its_room_passes(self):
        self.plant("vault/engine/a.cc", "#include <rocksdb/db.h>\n")
        self.plant("keys/a.cc", "#include <openssl/evp.h>\n")
        self.plant("server/a.cc", "#include <grpcpp/grpcpp.h>\n")
        self.plant("forwarder/outbound/a.cc", "#include <curl/curl.h>\n")
        self.plant("sandbox/a.cc", "#include <httplib.h>\n")
        self.expect_clean()

    # calls

    def test_printing_call_is_caught(self):
        for call in (
            "m.DebugString()",
            "m.ShortDebugString()",
            "m->Utf8DebugString()",
            "TextFormat::PrintToString(m, &s)",
            "MessageToJsonString(m, &s)",
        ):
            with self.subTest(call=call):
                self.plant("server/a.cc", f"int a = {call};\n")
                self.expect_caught("calls", "server/a.cc:1")

    def test_free_status_is_caught(self):
        for call in (
            "absl::InternalError(text)",
            "absl::Status(code, text)",
            "grpc::Status(code, text)",
            "absl::Status{code, text}",
        ):
            with self.subTest(call=call):
                self.plant("vault/a.cc", f"auto a = {call};\n")
                self.expect_caught("calls", "vault/a.cc:1")

    def test_calls_in_comments_and_their_rooms_pass(self):
        self.plant("vault/a.cc", "// Not m.DebugString().\nauto a = absl::Status();\n")
        self.plant("base/status.cc", "auto a = absl::InternalError(text);\n")
        self.plant("server/status_conversion.cc", "auto a = grpc::Status(code, text);\n")
        self.plant("cli/a.cc", "auto a = MessageToJsonString(m, &s);\n")
        self.expect_clean()

    # guards, lengths, marks

    def test_wrong_guard_is_caught(self):
        self.plant("base/a.h", header("base/b.h"))
        self.expect_caught("guards", "CARDVAULT_BASE_A_H_")

    def test_missing_guard_is_caught(self):
        self.plant("base/a.h", "#pragma once\n")
        self.expect_caught("guards", "base/a.h")

    def test_long_file_is_caught(self):
        self.plant("base/a.cc", "int a();\n" * 450)
        self.expect_clean()
        self.plant("base/a.cc", "int a();\n" * 451)
        self.expect_caught("lengths", "base/a.cc")

    def test_unfinished_mark_is_caught(self):
        for mark in ("TO" "DO", "FIX" "ME", "HA" "CK"):
            with self.subTest(mark=mark):
                self.plant("docs/a.md", f"{mark}: more\n")
                self.expect_caught("marks", "docs/a.md:1")

    # what builds

    def plant_pass_key(self, users):
        self.plant("card/access/BUILD.bazel", "\n")
        self.plant("card/access/USERS", "# Who may.\n" + "".join(f"{user}\n" for user in users))

    def query_answers(self, *targets):
        self.fake_bazel(f"[[ $1 != query ]] || printf '%s\\n' {' '.join(targets)}")

    def test_listed_users_pass(self):
        self.plant_pass_key(["//vault/sealing:pan_sealer", "//server/wire:card_intake"])
        self.query_answers(
            "//card/access:pan_access", "//server/wire:card_intake", "//vault/sealing:pan_sealer"
        )
        self.assertIn("2 listed", self.expect_clean())

    def test_new_user_of_a_pass_key_is_caught(self):
        self.plant_pass_key(["//vault/sealing:pan_sealer"])
        self.query_answers("//card/access:pan_access", "//vault/sealing:pan_sealer", "//cli:cli")
        self.expect_caught("pan-users", "+//cli:cli")

    def test_listed_user_that_is_none_is_caught(self):
        self.plant_pass_key(["//vault/sealing:pan_sealer", "//cli:cli"])
        self.query_answers("//card/access:pan_access", "//vault/sealing:pan_sealer")
        self.expect_caught("pan-users", "-//cli:cli")

    def test_missing_list_of_users_is_caught(self):
        self.plant("card/access/BUILD.bazel", "\n")
        self.expect_caught("pan-users", "card/access/USERS is missing")

    def test_failed_query_is_caught(self):
        self.plant_pass_key([])
        self.fake_bazel("[[ $1 != query ]] || { echo 'no such package'; exit 7; }")
        self.expect_caught("pan-users")

    def test_pass_key_that_is_not_there_yet_passes(self):
        self.assertIn("there is no //card/access:pan_access yet", self.expect_clean())

    def test_failed_layering_build_is_caught(self):
        self.fake_bazel(
            '[[ "$CC $*" != clang\\ build*--config=clang-layering* ]] || '
            "{ echo 'does not depend on a module'; exit 1; }"
        )
        self.expect_caught("layering", "does not depend on a module")

    def test_fast_builds_nothing(self):
        self.fake_bazel("exit 1")
        self.expect_clean("--fast")

    def test_unknown_check_is_refused(self):
        self.assertEqual(self.check("fromat")[0], 2)


if __name__ == "__main__":
    xml_unittest.main()
