"""One web process: ``python -m api.serve.web DESCRIPTOR`` serves on an inherited socket, as an unprivileged user."""

import socket
import sys

import uvicorn

from api.app import create_app
from api.serve.server import Server
from api.serve.small_reads import SmallReads
from api.serve.small_sockets import SmallSockets
from api.serve.unprivileged import give_up_root

GRACE_S = 10


def run(descriptor: int) -> None:
    """Serve until SIGTERM; requests in hand get ``GRACE_S`` seconds to end."""
    app = create_app()
    give_up_root(app.app_state.settings)
    config = uvicorn.Config(
        app,
        http=SmallReads,  # type: ignore[arg-type] # event loops take both kinds of protocols
        ws=SmallSockets,
        ws_max_size=SmallSockets.MOST_BYTES,
        ws_per_message_deflate=False,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_S,
        log_level="info",
    )
    server = Server(config, app.app_state)
    server.run(sockets=[socket.socket(fileno=descriptor)])
    if not server.started:
        sys.exit(3)


if __name__ == "__main__":
    run(int(sys.argv[1]))
