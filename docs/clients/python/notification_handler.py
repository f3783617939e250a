#!/usr/bin/python3
"""Takes in what upstreams post to a merchant: cardvault believes it or not, and says what to answer.

    notification_handler.py --stubs DIRECTORY --server HOST:PORT --tls DIRECTORY [--port N]

Serves http://127.0.0.1:PORT/notify/ROUTE; what ends TLS stands in front of it. Give each route its
own URL as `notification_url`. This process holds no secret of any upstream.
"""

import argparse
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import grpc

from tokenize_and_pay import channel, refusal

MAX_BODY = 256 * 1024  # bytes: what VerifyNotification takes
CALL_SECONDS = 20  # an H2H route without a verifier asks its upstream meanwhile


def settle(payment, state):
    """Yours: book what the payment came to. The same state may come again, so look first."""
    print(f"payment: {payment.payment_id} {state}", flush=True)
    if payment.conflict:
        print("         the upstream contradicted itself: a person must look", flush=True)


class Handler(BaseHTTPRequestHandler):
    timeout = 20  # seconds for a slow sender

    def do_POST(self):
        folder, _, route = self.path.strip("/").partition("/")
        if folder != "notify" or not route or "/" in route:
            return self.answer(404)
        length = self.headers.get("Content-Length", "")
        if not length.isascii() or not length.isdigit():
            return self.answer(411)
        if int(length) > MAX_BODY:
            return self.answer(413)
        body = self.rfile.read(int(length))  # raw: the signature covers these bytes
        request = self.server.messages.VerifyNotificationRequest(
            route=route, body=body, path=self.path, host=self.headers.get("Host", "")
        )
        for name, value in self.headers.items():
            request.headers.add(name=name, value=value)
        try:
            verified = self.server.stub.VerifyNotification(request, timeout=CALL_SECONDS)
        except grpc.RpcError as error:
            print(refusal(error), file=sys.stderr, flush=True)
            # A request that is wrong stays wrong; anything else the upstream may send again.
            wrong = error.code() == grpc.StatusCode.INVALID_ARGUMENT
            return self.answer(400 if wrong else 503)
        if verified.refused:
            print(f"refused: {verified.refusal}", file=sys.stderr, flush=True)
            return self.answer(403)
        settle(verified.payment, self.server.state_name(verified.payment.state))
        if not verified.HasField("acknowledgement"):
            return self.answer(503)  # not confirmed yet: let it come again
        reply = verified.acknowledgement
        return self.answer(reply.status, reply.headers, reply.body)

    def answer(self, status, headers=(), body=b""):
        self.send_response(status)
        for header in headers:
            self.send_header(header.name, header.value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """What upstreams send is not for a log."""


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--stubs", required=True, help="what make_stubs.py made")
    parser.add_argument("--server", required=True, help="merchant port, for example 127.0.0.1:7443")
    parser.add_argument("--tls", required=True, help="directory with ca.pem, pay-in.pem, pay-in.key")
    parser.add_argument("--port", type=int, default=0, help="to listen on; 0 takes a free one")
    arguments = parser.parse_args()
    if not os.path.isdir(os.path.join(arguments.stubs, "cardvault")):
        parser.error("--stubs: not a directory that make_stubs.py made")
    sys.path.insert(0, arguments.stubs)
    # pylint: disable=import-outside-toplevel
    from cardvault.v1 import payment_service_pb2 as pay
    from cardvault.v1 import payment_service_pb2_grpc as pay_rpc

    server = ThreadingHTTPServer(("127.0.0.1", arguments.port), Handler)
    server.messages = pay
    server.state_name = lambda state: pay.PaymentState.Name(state).removeprefix("PAYMENT_STATE_")
    with channel(arguments.server, arguments.tls, "pay-in") as paying:
        server.stub = pay_rpc.PaymentServiceStub(paying)
        print(f"listening on http://127.0.0.1:{server.server_port}/notify/ROUTE", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
