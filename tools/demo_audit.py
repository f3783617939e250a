"""The auditor's steps of `tools/demo`: an export, two verifiers, and one edited byte."""

import json
import os
import subprocess
import sys

from demo_parts import ROOT, Failed, run, step

AUDITOR = "spiffe://demo.example/auditor/audrey"
# Shares no code with cardvault.
SECOND_VERIFIER = os.path.join(ROOT, "docs", "verify", "verify_audit_export.py")


class AuditSteps:
    """Part of the demo, which has the command line, the certificates and the server."""

    def write_auditor_profile(self):
        self.write(
            "auditor.yaml",
            f"admin_server: 127.0.0.1:{self.ports['admin_port']}\n"
            f"server_name: localhost\nca: tls/ca.pem\nidentities:\n"
            f"  auditor: {{certificate: tls/auditor.pem, private_key: tls/auditor.key}}\n",
        )

    def as_auditor(self, *words):
        command = [self.path("bin", "cardvault"), "--profile", self.path("auditor.yaml"), "--json"]
        return run(command + ["audit", *words])

    def verdicts(self, export, key, checkpoint):
        """What both verifiers say, as dicts; neither is given a server."""
        options = [export, "--key", key, "--checkpoint", checkpoint, "--json"]
        said = []
        for program in ([self.path("bin", "cardvault"), "audit", "verify"], [sys.executable, SECOND_VERIFIER]):
            done = subprocess.run([*program, *options], capture_output=True, text=True, check=False)
            if done.returncode not in (0, 1):
                raise Failed(done.stderr.strip() or "a verifier failed")
            said.append(json.loads(done.stdout))
        return said

    def audit(self):
        """Exports the log and verifies it twice; then alters one byte, and both must name the place."""
        key = json.loads(self.as_auditor("keys"))["keys"][-1]["verifier_key"]
        export, checkpoint = self.path("export.jsonl"), self.path("auditors-checkpoint")
        self.as_auditor("checkpoint", "--out", checkpoint)
        self.as_auditor("export", "--out", export)
        with open(export, "rb") as file:
            good = file.read()
        entries = good.count(b'{"sequence":')
        step("audit", "the log exported, with its proof and checkpoint", f"{entries} entries")
        for name, verdict in zip(("cardvault audit verify", "verify_audit_export.py"),
                                 self.verdicts(export, key, checkpoint)):
            if verdict["verdict"] != "intact":
                raise Failed(f"{name}: {verdict}")
            step("audit", f"{name}, without a server", verdict["verdict"])

        place = good.index(b'"object":"', len(good) // 2) + len(b'"object":"')
        edited = self.path("edited.jsonl")
        with open(edited, "wb") as file:
            file.write(good[:place] + (b"t" if good[place : place + 1] != b"t" else b"s") + good[place + 1 :])
        first, second = self.verdicts(edited, key, checkpoint)
        if first["good"] or first != second:
            raise Failed(f"an edited byte was not caught: {first} {second}")
        step("audit", "the same with one byte edited, by both", f"{first['verdict']}, entry {first['sequence']}")
