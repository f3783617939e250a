#!/usr/bin/python3
"""Generates Python code from cardvault's protos, with Debian's protoc.

    make_stubs.py DIRECTORY

Needs the packages protobuf-compiler, protobuf-compiler-grpc and python3-grpcio. What it
writes below DIRECTORY is generated: keep it out of version control and out of the source.
"""

import os
import pathlib
import subprocess
import sys

PROTOS = pathlib.Path(__file__).absolute().parents[3] / "proto"

# What a merchant's application calls, and what that imports.
SOURCES = (
    "cardvault/annotations/v1/sensitivity.proto",
    "cardvault/v1/token_service.proto",
    "cardvault/v1/payment_service.proto",
)


def make_stubs(directory):
    """Writes cardvault/v1/*_pb2.py and *_pb2_grpc.py below `directory`."""
    os.makedirs(directory, exist_ok=True)
    subprocess.run(
        [
            "/usr/bin/protoc",
            f"--proto_path={PROTOS}",
            "--proto_path=/usr/include",
            f"--python_out={directory}",
            "--plugin=protoc-gen-grpc=/usr/bin/grpc_python_plugin",
            f"--grpc_out={directory}",
            *SOURCES,
        ],
        check=True,
    )


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    make_stubs(sys.argv[1])
