"""One web process: ``python -m api.serve.web DESCRIPTOR`` serves the application on an inherited socket."""

import socket
import sys

import uvicorn

GRACE_S = 10


def run(descriptor: int) -> None:
    """Serve until SIGTERM; requests in hand get ``GRACE_S`` seconds to end."""
    config = uvicorn.Config(
        "api.app:create_app",
        factory=True,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_S,
        log_level="info",
    )
    server = uvicorn.Server(config)
    server.run(sockets=[socket.socket(fileno=descriptor)])
    if not server.started:
        sys.exit(3)


if __name__ == "__main__":
    run(int(sys.argv[1]))
