"""Calls to other systems that cannot be turned against our own network (platform S18).

The name is resolved once, every address it has must be allowed, and the connection goes to the very address that was
checked, so a name that resolves differently a moment later changes nothing. Redirects are not followed. What is read
of the answer is bounded, and so is the time.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

LARGEST_ANSWER = 64 * 1024
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Forbidden(ValueError):
    """The address is none that this installation may call."""


@dataclass(frozen=True)
class Reach:
    """Where calls may go beyond public https addresses: this machine, the bank's own networks, and hosts by name."""

    loopback: bool = False
    networks: Sequence[Network] = ()
    hosts: Collection[str] = ()  # names that an operator vouches for, whatever they resolve to

    def allows(self, address: str) -> bool:
        """Whether an IP address may be called."""
        found = ipaddress.ip_address(address)
        found = getattr(found, "ipv4_mapped", None) or found
        if found.is_loopback:
            return self.loopback
        if any(found in network for network in self.networks if network.version == found.version):
            return True
        return found.is_global and not found.is_multicast


@dataclass(frozen=True)
class Answer:
    """What the other side said."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


def post(url: str, body: bytes, headers: Mapping[str, str], *, reach: Reach, timeout: float = 15.0) -> Answer:
    """POST and read the answer. Raises Forbidden, OSError when the other side cannot be reached or is too slow."""
    parts = urlsplit(url)
    address, port = target(parts, reach)
    connection = _connection(parts, address, port, timeout)
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", path, body=body, headers={"Content-Type": "application/json", **headers})
        answer = connection.getresponse()
        return Answer(answer.status, answer.read(LARGEST_ANSWER), dict(answer.getheaders()))
    except http.client.HTTPException as error:
        raise OSError(f"no proper answer: {type(error).__name__}") from error
    finally:
        connection.close()


def target(parts: SplitResult, reach: Reach) -> tuple[str, int]:
    """The checked IP address and port of a URL. Raises Forbidden, OSError when the name is unknown."""
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.password:
        raise Forbidden("only plain http and https addresses are called")
    try:
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise Forbidden("the port is no port") from error
    found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    addresses = [str(entry[4][0]).partition("%")[0] for entry in found]
    if parts.hostname in reach.hosts:
        return addresses[0], port
    for address in addresses:
        if not reach.allows(address):
            raise Forbidden("the address lies in a network that may not be called")
        inside = ipaddress.ip_address(address).is_loopback or any(
            ipaddress.ip_address(address) in network for network in reach.networks
        )
        if parts.scheme == "http" and not inside:
            raise Forbidden("outside the bank's own network only https is called")
    return addresses[0], port


def _connection(parts: SplitResult, address: str, port: int, timeout: float) -> http.client.HTTPConnection:
    host = str(parts.hostname)
    if parts.scheme == "http":
        plain = http.client.HTTPConnection(host, port, timeout=timeout)
        plain.sock = socket.create_connection((address, port), timeout)
        return plain
    safe = http.client.HTTPSConnection(host, port, timeout=timeout)
    raw = socket.create_connection((address, port), timeout)
    safe.sock = ssl.create_default_context().wrap_socket(raw, server_hostname=host)
    return safe
