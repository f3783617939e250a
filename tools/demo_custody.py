"""The steps of `tools/demo --custody`: a vault whose key is among three people."""

import json
import os
import subprocess

from demo_parts import Failed, run, step

# Any two of the first three unseal the vault, until the last takes the third's place.
CUSTODIANS = ("carla", "chris", "casey", "cleo")


class CustodySteps:
    """Part of the demo, which has the command line, the certificates and the server."""

    @staticmethod
    def custodian(name):
        return f"spiffe://demo.example/custodian/{name}"

    def custodian_options(self, names):
        words = []
        for name in names:
            words += ["--custodian", f"{self.custodian(name)}={self.certificates.path(name)}.pem"]
        return words

    def write_custodian_profiles(self):
        """Each custodian has a profile of his own, as on a machine of his own."""
        for name in CUSTODIANS:
            self.write(
                f"{name}.yaml",
                f"admin_server: 127.0.0.1:{self.ports['admin_port']}\n"
                f"server_name: localhost\nca: tls/ca.pem\nidentities:\n"
                f"  custodian: {{certificate: tls/{name}.pem, private_key: tls/{name}.key}}\n",
            )

    def as_custodian(self, name, *words):
        command = [self.path("bin", "cardvault"), "--profile", self.path(f"{name}.yaml"), "--json"]
        return json.loads(run(command + list(words)))

    def share_words(self, name):
        (share,) = [
            file
            for file in os.listdir(self.directory)
            if file.startswith(f"{name}-") and file.endswith(f"{self.check_value}.share")
        ]
        return ["--share", self.path(share), "--key", self.certificates.path(f"{name}.key")]

    def acknowledge(self, names):
        for name in names:
            self.as_custodian(name, "custodian", "acknowledge", "--accept", *self.share_words(name))
        step("custody", f"{', '.join(names)}: duties acknowledged, shares opened", "on record")

    def be_sealed(self):
        """Every call but a few is refused, and says why."""
        state = self.cardvault("status")["serving_state"]
        refused = subprocess.run(
            [self.path("bin", "cardvault"), "--profile", self.path("profile.yaml"), "key", "list"],
            capture_output=True, text=True, check=False,
        )
        if state != "sealed" or "VAULT_SEALED" not in refused.stderr:
            raise Failed(f"the vault is not sealed: {state} {refused.stderr}")
        step("sealed", "it answers who asks how it is, and refuses the rest", "VAULT_SEALED")

    def unseal(self, names):
        for name in names:
            answer = self.as_custodian(name, "key", "unseal", *self.share_words(name))
        if not answer["unsealed"]:
            raise Failed(f"{' and '.join(names)} did not unseal the vault")
        step("unsealed", f"by {' and '.join(names)}, each with a share", self.check_value)

    def replace_custodian(self):
        """A new key for other people: what the one who leaves has kept opens nothing."""
        names = (*CUSTODIANS[:2], CUSTODIANS[3])
        words = self.custodian_options(names)
        proposed = self.cardvault("custodian", "replace", "--threshold", "2", *words)["proposed"]
        self.check_value = proposed["kek_check_value"]
        for name in names:
            share = self.path(f"{name}-{self.check_value}.share")
            self.as_custodian(name, "custodian", "fetch", "--out", share)
        self.acknowledge(names)
        self.cardvault("custodian", "activate", proposed["kek_id"])
        step("custody", f"{CUSTODIANS[3]} in the place of {CUSTODIANS[2]}: another key", self.check_value)
        self.cardvault("key", "seal")
        self.be_sealed()
        self.unseal(names[1:])
