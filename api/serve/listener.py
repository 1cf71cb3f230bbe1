"""The one listening socket that all web processes share."""

import errno
import socket
from ipaddress import ip_address
from urllib.request import ProxyHandler, build_opener

from layers.errors import Unavailable

BACKLOG = 2048


def bind(host: str, port: int) -> socket.socket:
    """Return a bound socket that does not listen yet; raises Unavailable when the port cannot be had."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0][0]
    except OSError as error:
        raise Unavailable(
            f"{host!r} is not an address of this machine; set TWIN_HOST to one, such as 127.0.0.1"
        ) from error
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise Unavailable(_why(error, host, port)) from error
    return listener


def local_url(host: str, port: int) -> str:
    """Return the address at which this machine reaches a server that listens on ``host``."""
    try:
        address = ip_address(host)
    except ValueError:
        return f"http://{host}:{port}"
    if address.is_unspecified:
        host = "127.0.0.1" if address.version == 4 else "::1"
    return f"http://[{host}]:{port}" if address.version == 6 else f"http://{host}:{port}"


def answers(url: str, timeout_s: float = 2.0) -> bool:
    """Tell whether a GET of ``url`` gives 200."""
    try:
        with build_opener(ProxyHandler({})).open(url, timeout=timeout_s) as reply:
            return bool(reply.status == 200)
    except OSError:
        return False


def _why(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} of {host} is taken by another program; end it, or set TWIN_PORT to a free port"
    if error.errno == errno.EACCES:
        return f"port {port} needs root; set TWIN_PORT to a port above 1023"
    return f"{host}:{port} cannot be listened on ({error.strerror}); set TWIN_HOST and TWIN_PORT"
