"""What callers are told who could not connect, or whose connection is over."""

from __future__ import annotations

REFUSED = "connection refused"
NO_ROUTE = "no route to host"
TIMED_OUT = "connect timeout"
ERRORS = {
    "reset": "connection reset",
    "closed": "server closed the connection",
    "timeout": "statement timeout",
    "keepalive": "keepalive timeout",
}
