#!/usr/bin/python3
"""The steps of tools/demo, which builds first. `tools/demo --help` says what it does."""

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import time

from demo_audit import AUDITOR, AuditSteps
from demo_custody import CUSTODIANS, CustodySteps
from demo_parts import ROOT, Certificates, Failed, Gateway, run, step, test_cards

SEARCH = os.path.join(ROOT, "tools", "secret_search.py")

DOMAIN = "demo.example"
MERCHANT = "shop-1"
OPERATOR = f"spiffe://{DOMAIN}/operator/alice"
ROLES = ("ingest", "tokens", "pay-in", "pay-out", "refund")

START_SECONDS = 60
STOP_SECONDS = 20

# What the sandbox gateways do with a card's CVV: sandbox/README.md, Outcomes.
APPROVED, THREE_D_SECURE, DECLINED = "568", "333", "000"
# And with an amount, whatever the CVV is.
PENDING, SLOW = 70001, 70003
# Long enough to kill the server meanwhile; in the end the gateway waits it out.
SLOW_MS = 4000


class Demo(CustodySteps, AuditSteps):
    def __init__(self, binaries, directory, custody):
        self.directory = directory
        self.custody = custody
        self.processes = []
        self.cards = test_cards()
        self.secrets = set()  # lines for the search
        self.payments = {}  # payment id -> (description, expected state)
        for name in ("bin", "logs"):
            os.mkdir(self.path(name))
        # `key init` looks for the server beside the command.
        for binary in ("cli/cardvault", "server/cardvaultd", "sandbox/gateways"):
            shutil.copy(os.path.join(binaries, binary), self.path("bin"))

    def path(self, *names):
        return os.path.join(self.directory, *names)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(textwrap.dedent(text))
        return self.path(name)

    # Processes.

    def start(self, program, *words):
        """Starts a server; its process, and what it writes to its ready file, as a dict."""
        ready = self.path(f"{program}.ready.json")
        if os.path.exists(ready):
            os.remove(ready)
        log = self.path("logs", f"{program}.log")
        with open(log, "ab") as output:
            process = subprocess.Popen(
                # Ends with this process, however that ends.
                ["setpriv", "--pdeathsig", "TERM", self.path("bin", program), *words]
                + ["--ready-file", ready],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # Ctrl-C is ours
            )
        self.processes.append(process)
        deadline = time.monotonic() + START_SECONDS
        while not os.path.exists(ready) or os.path.getsize(ready) == 0:
            if process.poll() is not None or time.monotonic() > deadline:
                with open(log, encoding="utf-8", errors="replace") as text:
                    raise Failed(f"{program} did not start:\n{text.read()}")
            time.sleep(0.02)
        with open(ready, encoding="utf-8") as file:
            return process, json.load(file)

    def stop(self):
        for process in reversed(self.processes):
            process.terminate()
        for process in reversed(self.processes):
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def cardvault(self, *words, secrets=None, good=(0,)):
        """Runs the command line; its answer as a dict."""
        command = [self.path("bin", "cardvault"), "--profile", self.path("profile.yaml"), "--json"]
        return json.loads(run(command + list(words), secrets, good=good))

    # Setting up.

    def make_certificates(self):
        self.certificates = Certificates(self.path("tls"))
        self.certificates.issue("server", "DNS:localhost,IP:127.0.0.1")
        self.certificates.issue("gateways", "DNS:localhost,IP:127.0.0.1")
        for role in ROLES:
            self.certificates.issue(role, f"URI:spiffe://{DOMAIN}/merchant/{MERCHANT}/{role}")
        self.certificates.issue("operator", f"URI:{OPERATOR}")
        self.certificates.issue("auditor", f"URI:{AUDITOR}")
        for name in CUSTODIANS if self.custody else ():
            self.certificates.issue(name, f"URI:{self.custodian(name)}")
        step("certificates", "a throw-away CA, two servers, one client a role", f"{self.certificates.count} made")

    def make_vault(self):
        listener = """
              address: 127.0.0.1:0
              certificate: tls/server.pem
              private_key: tls/server.key
              client_ca: tls/ca.pem"""
        config = self.write(
            "cardvault.yaml",
            f"""\
            mode: sandbox
            data_directory: data
            kek: {{{"provider: custody" if self.custody else "provider: file, path: kek"}}}
            audit: {{sinks: [{{file: checkpoints, required: true}}]}}
            merchant_listener:{listener}
            admin_listener:{listener}
            """,
        )
        words = [self.path("bin", "cardvault"), "key", "init", "--config", config]
        words += ["--operator", OPERATOR]
        if self.custody:
            words += ["--threshold", "2", "--out", self.directory]
            words += self.custodian_options(CUSTODIANS[:3])
        made = run(words)
        check_value = re.search(r"check value (\w+)", made)
        if not check_value:
            raise Failed(made)
        self.check_value = check_value[1]
        step("vault", "a sandbox vault with new keys", f"KEK check value {self.check_value}")

    def start_gateways(self):
        with open(os.path.join(ROOT, "sandbox", "credentials.example.json"), encoding="utf-8") as file:
            self.accounts = json.load(file)
        _, self.gateways = self.start(
            "gateways",
            *("--cert", self.path("tls", "gateways.pem"), "--key", self.path("tls", "gateways.key")),
            *("--credentials", self.write("gateways.json", json.dumps(self.accounts))),
            *("--slow-ms", str(SLOW_MS)),
        )
        step(
            "gateways",
            "the H2H and Praxis sandbox, on 127.0.0.1",
            f"ports {self.gateways['h2h_port']}, {self.gateways['praxis_port']}",
        )
        self.h2h = Gateway(self.gateways["h2h_port"], self.certificates.ca)
        self.praxis = Gateway(self.gateways["praxis_port"], self.certificates.ca)

    def start_server(self):
        """Starts cardvaultd and writes the profile for its ports, and says which they are."""
        self.server, ports = self.start("cardvaultd", "--config", self.path("cardvault.yaml"))
        identities = "".join(
            f"  {name}: {{certificate: tls/{name}.pem, private_key: tls/{name}.key}}\n"
            for name in (*ROLES, "operator")
        )
        self.ports = ports
        self.write(
            "profile.yaml",
            f"merchant_server: 127.0.0.1:{ports['merchant_port']}\n"
            f"admin_server: 127.0.0.1:{ports['admin_port']}\n"
            f"server_name: localhost\nca: tls/ca.pem\nidentities:\n{identities}",
        )
        self.write_auditor_profile()
        if self.custody:
            self.write_custodian_profiles()
        return f"ports {ports['merchant_port']}, {ports['admin_port']}"

    def grant_roles(self):
        grants = {f"spiffe://{DOMAIN}/merchant/{MERCHANT}/{role}": role for role in ROLES}
        grants[OPERATOR] = "operator"
        grants[AUDITOR] = "auditor"
        for name in CUSTODIANS if self.custody else ():
            grants[self.custodian(name)] = "custodian"
        document = "roles:\n" + "".join(
            f"  - {{identity: {identity}, roles: [{role}]}}\n" for identity, role in grants.items()
        )
        answer = self.cardvault("role", "apply", self.write("roles.yaml", document))
        step("roles", f"{', '.join(dict.fromkeys(grants.values()))}", f"applied, revision {answer['revision']}")

    def apply_routes(self):
        h2h, praxis = self.accounts["h2h"], self.accounts["praxis"]
        common = f"""\
            ca_file: {self.certificates.ca}
            allow_private_addresses: true
            owners: [{MERCHANT}]
            cvv: required
            currencies: {{EUR: default, USD: default}}
            reconcile: {{in_doubt_after: 200ms}}
            """
        h2h_route = f"""\
            name: h2h-demo
            connector: h2h
            base_url: https://localhost:{self.gateways['h2h_port']}
{common.replace('default', '2')}
            h2h:
              wallet_uid: {h2h['wallet_uid']}
              key_id: {h2h['key_id']}
              cascade_id: {{payin: {h2h['payin_cascade_id']}, payout: {h2h['payout_cascade_id']}}}
              signing:
                canonical: "{{method}}\\n{{path}}\\n{{timestamp}}\\n{{nonce}}\\n{{body_sha256_hex}}"
            """
        praxis_route = f"""\
            name: praxis-demo
            connector: praxis
            base_url: https://localhost:{self.gateways['praxis_port']}
{common}
            praxis:
              merchant_id: {praxis['merchant_id']}
              frontend: {praxis['frontend']}
            """
        for name, document, credential, secret in (
            ("h2h-demo", h2h_route, "api_secret", h2h["api_secret"]),
            ("praxis-demo", praxis_route, "merchant_secret", praxis["merchant_secret"]),
        ):
            self.cardvault("route", "apply", self.write(f"{name}.yaml", document))
            self.cardvault(
                "route", "credential", "set", name, credential, secrets={"--secret-fd": secret}
            )
            step("route", f"{name}, its {credential} sealed in the store", "applied")

    # Cards and payments.

    def tokenize(self, card, name, cvv=None):
        number = self.cards[card]
        self.secrets.add(f"card {number}")
        secrets = {"--number-fd": number}
        if cvv:
            self.secrets.add(f"cvv {cvv}")
            secrets["--cvv-fd"] = cvv
        request_id = f"demo-{len(self.secrets)}-{card}"
        answer = self.cardvault(
            *("card", "tokenize", "--request-id", request_id, "--expiry", "12/2035"),
            *("--name", name, "--customer", "customer-1"),
            secrets=secrets,
        )
        token = answer["token"]
        brand = token["brand"].removeprefix("BRAND_")
        masked = f"{token['bin']}******{token['last_four']}"
        what = f"{brand} {masked} {'with' if cvv else 'without'} a CVV"
        step("tokenize", what, token["token"])
        if answer["disposition"] != "DISPOSITION_CREATED" or bool(answer["cvv_id"]) != bool(cvv):
            raise Failed("the card was not stored as it should be")
        return token["token"]

    def provide_cvv(self, token, cvv):
        self.secrets.add(f"cvv {cvv}")
        answer = self.cardvault("card", "cvv", token, secrets={"--cvv-fd": cvv})
        step("cvv", "a fresh one for the stored card, in memory alone", answer["cvv_id"])

    @staticmethod
    def customer():
        return (
            *("--customer", "customer-1", "--first-name", "Jane", "--last-name", "Doe"),
            *("--email", "jane@shop.example", "--ip", "198.51.100.24", "--address", "1 Main St"),
            *("--city", "Berlin", "--country", "DE", "--description", "A demonstration"),
            *("--notification-url", "https://shop.example/notify"),
            *("--return-url", "https://shop.example/done"),
            *("--decline-url", "https://shop.example/declined"),
        )

    def card_payment(self, verb, payment_id, token, route, amount, currency):
        """The words of a pay-in or a pay-out."""
        return (
            *("pay", verb, "--token", token, "--route", route, "--payment-id", payment_id),
            *("--amount", str(amount), "--currency", currency, *self.customer()),
        )

    def pay(self, verb, payment_id, token, route, amount, currency, expected):
        answer = self.cardvault(
            *self.card_payment(verb, payment_id, token, route, amount, currency),
            good=(3,) if expected == "DECLINED" else (0,),
        )
        what = f"{payment_id}: {amount / 100:.2f} {currency} over {route}"
        self.paid(f"pay {verb}", payment_id, what, answer, expected)

    def refund(self, payment_id, original, amount, currency):
        answer = self.cardvault(
            *("pay", "refund", "--original", original, "--payment-id", payment_id),
            *("--amount", str(amount), *self.customer()),
        )
        what = f"{payment_id}: {amount / 100:.2f} {currency} of {original} back"
        self.paid("refund", payment_id, what, answer, "APPROVED")

    def paid(self, verb, payment_id, what, answer, expected):
        state = self.state_of(answer)
        self.payments[payment_id] = (what, expected)
        step(verb, what, state)
        self.must_be(payment_id, state, expected)

    def be_notified(self, payment_id, token):
        """A payment that the upstream settles later and tells of, as upstreams do."""
        self.provide_cvv(token, APPROVED)
        self.pay("in", payment_id, token, "praxis-demo", PENDING, "USD", "PENDING")
        self.praxis.settle(payment_id, "approved")
        posted = self.praxis.notifications(payment_id)[-1]
        headers = [f"{name}: {value}" for name, value in posted["headers"].items()]
        with open(self.path("posted.json"), "w", encoding="utf-8", newline="") as file:
            file.write(posted["body"])
        answer = self.cardvault(
            *("notification", "verify", "--route", "praxis-demo", "--body", self.path("posted.json")),
            *(word for header in headers for word in ("--header", header)),
            *("--ack-file", self.path("acknowledgement.json")),
        )
        step("notification", f"{payment_id}: signature verified, confirmed by a look-up", self.state_of(answer))
        self.must_be(payment_id, self.state_of(answer), "APPROVED")
        self.payments[payment_id] = (self.payments[payment_id][0], "APPROVED")
        with open(self.path("acknowledgement.json"), encoding="utf-8", newline="") as file:
            body = file.read()
        reply = answer["acknowledgement"]
        reply_headers = {header["name"]: header["value"] for header in reply["headers"]}
        if not self.praxis.takes(posted["number"], reply["status"], reply_headers, body):
            raise Failed(f"{payment_id}: the gateway did not take the acknowledgement")
        step("notification", f"{payment_id}: the signed acknowledgement", "taken by the gateway")

    def crash(self, payment_id, token):
        """The server dies while the gateway thinks about a payment, and finds out afterwards."""
        words = self.card_payment("in", payment_id, token, "h2h-demo", SLOW, "EUR")
        caller = subprocess.Popen(
            [self.path("bin", "cardvault"), "--profile", self.path("profile.yaml"), *words],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            deadline = time.monotonic() + START_SECONDS
            while not self.h2h.posts(payment_id):
                if caller.poll() is not None or time.monotonic() > deadline:
                    raise Failed(f"{payment_id}: nothing reached the gateway")
                time.sleep(0.02)
            self.server.kill()
            self.server.wait()
            self.processes.remove(self.server)
            told = caller.wait(timeout=START_SECONDS)
        finally:
            caller.kill()
            caller.wait()
        if told != 5:
            raise Failed(f"{payment_id}: the caller was told {told}, and not that it is not known")
        what = f"{payment_id}: the server killed, the gateway still slow"
        step("crash", what, "the caller is told: not known")
        ports = self.start_server()
        step("crash", "the server started again; nothing is sent twice", ports)
        if self.custody:
            self.be_sealed()
            self.unseal(CUSTODIANS[1:3])
        deadline = time.monotonic() + START_SECONDS
        while True:
            state = self.state_of(self.cardvault("pay", "show", payment_id))
            if state == "APPROVED" or time.monotonic() > deadline:
                break
            time.sleep(0.1)
        self.must_be(payment_id, state, "APPROVED")
        if self.h2h.posts(payment_id) != 1:
            raise Failed(f"{payment_id}: the gateway was sent it more than once")
        self.payments[payment_id] = (what, "APPROVED")
        step("reconciler", f"{payment_id}: asked the gateway, which has it once", state)

    def show_payments(self):
        for payment_id, (_, expected) in self.payments.items():
            answer = self.cardvault("pay", "show", payment_id)
            payment, state = answer["payment"], self.state_of(answer)
            events = " > ".join(
                event["state"].removeprefix("PAYMENT_STATE_") for event in payment["timeline"]
            )
            told = ""
            if payment["redirect_url"]:
                told = f", send the cardholder to {payment['redirect_url']}"
            elif payment["error_code"]:
                told = f", {payment['error_code']} {payment['error_text']}"
            step("ledger", f"{payment_id}: {events}", f"{state}{told}")
            self.must_be(payment_id, state, expected)
            if expected == "REDIRECT_REQUIRED" and not payment["redirect_url"]:
                raise Failed(f"{payment_id}: no URL for 3-D Secure")
            if expected == "DECLINED" and payment["error_code"] != "711":
                raise Failed(f"{payment_id}: the upstream's code is not 711")

    @staticmethod
    def state_of(answer):
        return answer["payment"]["state"].removeprefix("PAYMENT_STATE_")

    @staticmethod
    def must_be(payment_id, state, expected):
        if state != expected:
            raise Failed(f"{payment_id}: {state}, and not {expected}")

    # The search.

    def find_secrets(self, words, as_root=()):
        """Runs tools/secret_search.py; its result."""
        done = subprocess.run(
            [*as_root, "/usr/bin/python3", SEARCH, "--json", *words],
            input="\n".join(sorted(self.secrets)),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode not in (0, 1):
            raise Failed(done.stderr.strip() or "the search failed")
        return json.loads(done.stdout)

    def search(self):
        """Searches files and memory; whether nothing was found."""
        # All but the programs, which list the test numbers that a sandbox vault takes.
        paths = [self.path(name) for name in sorted(os.listdir(self.directory)) if name != "bin"]
        results = [self.find_secrets(paths)]
        as_root = [] if os.geteuid() == 0 else ["sudo", "-n"]
        with_memory = not as_root or can_sudo()
        if with_memory:
            memory = ["--explain", "--pid", str(self.server.pid), "--marker", "h2h-demo"]
            results.append(self.find_secrets(memory, as_root))
        step(
            "search",
            f"planted, in {results[0]['planted_spellings']} spellings",
            "found in files and in a process's memory" if with_memory else "found in files",
        )
        places = [f"{results[0]['files']} files: data, logs, configuration, keys"]
        if with_memory:
            places.append(f"memory of the server, {results[1]['memory_bytes'] >> 20} MiB")
        for place, result in zip(places, results):
            own = result["programs_own"]
            step(
                "search",
                place,
                f"{result['found']} found" + (f", beside {own} constants of the programs" if own else ""),
            )
            for finding in result["findings"]:
                print(
                    f"  found: {finding['class']} as {finding['spelling']} "
                    f"in {finding['where']}, times: {finding['count']}"
                )
            for note in result["notes"][:20]:
                print(f"    {note}")
        found = sum(result["found"] for result in results)
        if not with_memory:
            print("memory: not searched (needs root)")
        where = "files and memory" if with_memory else "files"
        print(f"searched {where} for {len(self.secrets)} secrets: {found} found", flush=True)
        return found == 0

    def run(self):
        self.make_certificates()
        self.make_vault()
        self.start_gateways()
        ports = self.start_server()
        step("server", "cardvaultd, mutual TLS, merchant and admin port", ports)
        if self.custody:
            self.be_sealed()
            self.acknowledge(CUSTODIANS[:3])
            self.unseal(CUSTODIANS[:2])
        self.grant_roles()
        self.apply_routes()
        visa = self.tokenize("kVisaTestPan", "Jane Doe", APPROVED)
        # First, so that the memory that is searched in the end has seen all the others.
        self.crash("order-0", visa)
        self.provide_cvv(visa, APPROVED)
        mastercard = self.tokenize("kMastercardTestPan", "Jane Doe", THREE_D_SECURE)
        discover = self.tokenize("kDiscoverTestPan", "Jane Doe", APPROVED)
        jcb = self.tokenize("kJcbTestPan", "Jane Doe")
        self.provide_cvv(jcb, DECLINED)
        self.pay("in", "order-1", visa, "h2h-demo", 1999, "EUR", "APPROVED")
        self.pay("in", "order-2", mastercard, "h2h-demo", 2500, "EUR", "REDIRECT_REQUIRED")
        self.pay("in", "order-3", discover, "praxis-demo", 1500, "USD", "APPROVED")
        self.pay("in", "order-4", jcb, "praxis-demo", 1500, "USD", "DECLINED")
        self.pay("out", "win-1", visa, "h2h-demo", 5000, "EUR", "APPROVED")
        self.refund("order-3-back", "order-3", 500, "USD")
        self.be_notified("order-5", visa)
        if self.custody:
            self.replace_custodian()
        self.show_payments()
        self.audit()
        return self.search()

    def stay(self):
        command = f"{self.path('bin', 'cardvault')} --profile {self.path('profile.yaml')}"
        print(
            f"""
It stays up. In another terminal:

  cv="{command}"
  $cv status
  $cv card list
  $cv pay show order-2
  $cv pay list --limit 5
  $cv card tokenize --request-id mine-1 --expiry 12/2035 --customer me --cvv
  $cv pay in --token TOKEN --route h2h-demo --payment-id mine-1 --amount 1999 --currency EUR \\
    --customer me --first-name Jane --last-name Doe --email jane@shop.example \\
    --notification-url https://shop.example/n --return-url https://shop.example/r
  $cv route list; $cv role list; $cv key list
  tail {self.path('logs', 'cardvaultd.log')}

Card numbers to type are in card/test_pans.h; what CVV or amount gives which outcome is in
sandbox/README.md, Outcomes. Ctrl-C ends it and deletes {self.directory}.""",
            flush=True,
        )
        while all(process.poll() is None for process in self.processes):
            time.sleep(0.5)
        raise Failed("a server ended by itself")


def can_sudo():
    if not shutil.which("sudo"):
        return False
    return subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0


def end(number, _frame):
    raise KeyboardInterrupt(number)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binaries", required=True, help="bazel-bin, with what is built")
    parser.add_argument("--custody", action="store_true")
    parser.add_argument("--stay", action="store_true")
    arguments = parser.parse_args()

    os.umask(0o077)
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, end)
    demo, status = None, 1
    directory = tempfile.mkdtemp(prefix="cardvault-demo-")
    try:
        print(f"demo: in {directory}, which goes when it ends", flush=True)
        demo = Demo(arguments.binaries, directory, arguments.custody)
        if demo.run():
            print("demo: ok", flush=True)
            status = 0
        else:
            print("demo: FAILED", flush=True)
        if arguments.stay:
            demo.stay()
    except KeyboardInterrupt as signalled:
        print()
        if not arguments.stay:
            status = 128 + (signalled.args[0] if signalled.args else signal.SIGINT)
    except Failed as error:
        print(f"demo: FAILED: {error}", flush=True)
        status = 1
    finally:
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)  # nothing stops the cleaning up
        if demo:
            demo.stop()
        shutil.rmtree(directory, ignore_errors=True)
    return status


if __name__ == "__main__":
    sys.exit(main())
