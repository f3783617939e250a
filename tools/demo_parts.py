"""What tools/demo_steps.py stands on: lines of output, programs, certificates, and the sandbox
gateways as their merchant sees them."""

import json
import os
import re
import ssl
import subprocess
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class Failed(Exception):
    """The demo is not as it should be; the text says what."""


def step(name, what, result):
    print(f"{name:<13} {what:<52} {result}".rstrip(), flush=True)


def run(words, secrets=None, check=True, good=(0,)):
    """Runs a program and returns what it printed. `secrets` maps an option that takes a file
    descriptor to the line that is to be read from it; `good` are the exit codes it may end with."""
    words, readers = list(words), []
    for option, secret in (secrets or {}).items():
        reader, writer = os.pipe()
        os.write(writer, secret.encode() + b"\n")
        os.close(writer)
        readers.append(reader)
        words += [option, str(reader)]
    try:
        done = subprocess.run(
            words, capture_output=True, text=True, pass_fds=readers, timeout=120, check=False
        )
    finally:
        for reader in readers:
            os.close(reader)
    if check and done.returncode not in good:
        command = " ".join(os.path.basename(word) for word in words[:4])
        raise Failed(f"{command} ...: exit code {done.returncode}\n{done.stderr or done.stdout}")
    return done.stdout


def test_cards():
    """The published test numbers by name; they stand in this one file."""
    with open(os.path.join(ROOT, "card", "test_pans.h"), encoding="utf-8") as file:
        return dict(re.findall(r'view (k\w+) = "([0-9]+)"', file.read()))


class Certificates:
    """A throw-away CA and what it signs."""

    def __init__(self, directory):
        self.directory = directory
        self.count = 0
        os.mkdir(directory)
        self._openssl("ca", "/CN=cardvault demo CA", ["basicConstraints=critical,CA:TRUE"])
        self.ca = self.path("ca.pem")

    def path(self, name):
        return os.path.join(self.directory, name)

    def issue(self, name, alternative_names):
        self._openssl(
            name,
            f"/CN={name}",
            [f"subjectAltName={alternative_names}", "basicConstraints=critical,CA:FALSE"],
            ["-CA", self.path("ca.pem"), "-CAkey", self.path("ca.key")],
        )

    def _openssl(self, name, subject, extensions, signer=()):
        words = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
        words += ["-nodes", "-days", "2", "-subj", subject, *signer]
        words += ["-keyout", self.path(f"{name}.key"), "-out", self.path(f"{name}.pem")]
        for extension in extensions:
            words += ["-addext", extension]
        run(words)
        self.count += 1


class Gateway:
    """What a merchant and a test ask a sandbox gateway, as sandbox/README.md lists it."""

    def __init__(self, port, ca):
        self.base = f"https://localhost:{port}/sandbox"
        handler = urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=ca))
        # No proxy of the environment's stands between this machine and itself.
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), handler)

    def ask(self, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"{self.base}/{path}", data, {"Content-Type": "application/json"}
        )
        with self.opener.open(request, timeout=20) as answer:
            return json.load(answer)

    def posts(self, order):
        """How many payment requests came with this order id."""
        return self.ask("stats")["orders"].get(order, {}).get("posts", 0)

    def settle(self, order, state):
        self.ask("settle", {"order": order, "state": state})

    def notifications(self, order):
        return [entry for entry in self.ask("notifications") if entry["order"] == order]

    def takes(self, number, status, headers, body):
        """Whether this answer to a notification acknowledges it."""
        answer = {"number": number, "status": status, "headers": headers, "body": body}
        return self.ask("notifications/acknowledge", answer)["acknowledged"]
