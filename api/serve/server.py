"""uvicorn's server, whose streams end before it waits for what is in hand."""

import socket

import uvicorn

from api.app_state import AppState


class Server(uvicorn.Server):
    """Serves the application; streams, which never end by themselves, are ended first when it stops."""

    def __init__(self, config: uvicorn.Config, app_state: AppState) -> None:
        """Serve as the configuration says."""
        super().__init__(config)
        self._app_state = app_state

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop in order."""
        self._app_state.live.close()
        await super().shutdown(sockets)
