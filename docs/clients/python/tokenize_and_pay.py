#!/usr/bin/python3
"""Stores a card in cardvault and charges it: two calls, two roles.

    tokenize_and_pay.py --stubs DIRECTORY --server HOST:PORT --tls DIRECTORY --route ROUTE

Asks for the card number and the CVV without echo, or reads them as two lines from standard
input when that is no terminal. Never put either into arguments or the environment.
"""

import argparse
import getpass
import os
import re
import sys
import uuid

import grpc


def read_secret(prompt):
    """One line from the terminal without echo, or from standard input."""
    if sys.stdin.isatty():
        return getpass.getpass(prompt)
    return sys.stdin.readline().rstrip("\n")


def expiry(text):
    """MM/YYYY, for argparse."""
    found = re.fullmatch(r"(0[1-9]|1[0-2])/([0-9]{4})", text, re.ASCII)
    if not found:
        raise argparse.ArgumentTypeError("MM/YYYY is expected, for example 12/2035")
    return int(found[1]), int(found[2])


def amount(text):
    """Minor units in plain digits, for argparse; the API's amounts are 64-bit."""
    if not re.fullmatch(r"[0-9]{1,19}", text, re.ASCII) or not 0 < int(text) < 2**63:
        raise argparse.ArgumentTypeError("plain digits are expected: 1999 is 19.99 EUR")
    return int(text)


def channel(server, tls_directory, role):
    """A connection as one role: each role has a client certificate of its own."""

    def pem(name):
        with open(os.path.join(tls_directory, name), "rb") as file:
            return file.read()

    credentials = grpc.ssl_channel_credentials(
        root_certificates=pem("ca.pem"),
        private_key=pem(f"{role}.key"),
        certificate_chain=pem(f"{role}.pem"),
    )
    # The name in the server's certificate, when it is not that of the address.
    options = [("grpc.ssl_target_name_override", "localhost")]
    return grpc.secure_channel(server, credentials, options)


def refusal(error):
    """What went wrong: a machine-readable reason, the field at fault, and whether to retry."""
    trailers = dict(error.trailing_metadata() or ())
    reason = trailers.get("cardvault-reason", "")
    field = trailers.get("cardvault-field", "")
    # Nothing was done; the same ids make the repeat harmless.
    retry = error.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED)
    return (
        f"refused: {error.code().name}"
        + (f" {reason}" if reason else "")
        + (f", field {field}" if field else "")
        + f": {error.details()}"
        + (" (retry with the same ids)" if retry else "")
    )


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--stubs", required=True, help="what make_stubs.py made")
    parser.add_argument("--server", required=True, help="merchant port, for example 127.0.0.1:7443")
    parser.add_argument(
        "--tls", required=True, help="directory with ca.pem, and .pem and .key of ingest and pay-in"
    )
    parser.add_argument("--route", required=True, help="the upstream to pay over")
    parser.add_argument("--expiry", type=expiry, default="12/2035", help="MM/YYYY")
    parser.add_argument("--amount", type=amount, default=1999, help="minor units")
    parser.add_argument("--currency", default="EUR")
    # Yours, from your own records: the same id never charges twice.
    parser.add_argument("--order", default=f"order-{uuid.uuid4().hex[:8]}")
    arguments, unknown = parser.parse_known_args()
    if unknown:  # parse_args would print them, and one may be a card number
        parser.error("an argument that is not known; card number and CVV are asked for")

    if not os.path.isdir(os.path.join(arguments.stubs, "cardvault")):
        parser.error("--stubs: not a directory that make_stubs.py made")
    sys.path.insert(0, arguments.stubs)
    # pylint: disable=import-outside-toplevel
    from cardvault.v1 import payment_service_pb2 as pay
    from cardvault.v1 import payment_service_pb2_grpc as pay_rpc
    from cardvault.v1 import token_service_pb2 as card
    from cardvault.v1 import token_service_pb2_grpc as card_rpc

    month, year = arguments.expiry
    try:
        # 1. Card in, token out: the one call that sees the number. Role: ingest.
        with channel(arguments.server, arguments.tls, "ingest") as ingest:
            stored = card_rpc.TokenServiceStub(ingest).Tokenize(
                card.TokenizeRequest(
                    request_id=f"{arguments.order}-card",
                    customer_id="customer-1",
                    card=card.Card(
                        number=read_secret("Card number: "),
                        expiry_month=month,
                        expiry_year=year,
                        cardholder_name="Jane Doe",
                        cvv=read_secret("CVV: "),
                    ),
                ),
                timeout=10,
            )
        token = stored.token
        print(f"token:   {token.token}")
        print(f"card:    {card.Brand.Name(token.brand)} {token.bin}******{token.last_four}")

        # 2. Token in, payment out: anybody may keep the token. Role: pay-in.
        with channel(arguments.server, arguments.tls, "pay-in") as paying:
            answer = pay_rpc.PaymentServiceStub(paying).PayIn(
                pay.PayInRequest(
                    token=token.token,
                    cvv_id=stored.cvv_id,
                    route=arguments.route,
                    payment_id=arguments.order,
                    amount=arguments.amount,
                    currency=arguments.currency,
                    description="An example",
                    customer=pay.Customer(
                        id="customer-1",
                        first_name="Jane",
                        last_name="Doe",
                        email="jane@shop.example",
                        ip_address="198.51.100.24",
                        country="DE",
                    ),
                    urls=pay.PaymentUrls(
                        notification_url="https://shop.example/notify",
                        return_success_url="https://shop.example/done",
                        return_decline_url="https://shop.example/declined",
                    ),
                ),
                timeout=90,
            )
    except grpc.RpcError as error:
        print(refusal(error), file=sys.stderr)
        return 1
    except OSError as error:
        print(f"--tls: {error.filename}: {error.strerror}", file=sys.stderr)
        return 2

    payment = answer.payment
    state = pay.PaymentState.Name(payment.state).removeprefix("PAYMENT_STATE_")
    print(f"payment: {payment.payment_id} {state}")
    if payment.redirect_url:
        print(f"         send the cardholder to {payment.redirect_url}")
    if payment.error_code:
        print(f"         the upstream says: {payment.error_code} {payment.error_text}")
    if state == "IN_DOUBT":
        print("         not known yet: ask GetPayment, do not pay again under another id")
    return 0


if __name__ == "__main__":
    sys.exit(main())
