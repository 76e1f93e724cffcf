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
BACKLOG_FULL = "turned away: the server's backlog is full"
UNACKNOWLEDGED = "connection timed out"  # ETIMEDOUT: TCP has given up
READ_ONLY = "read-only"  # PostgreSQL 25006: "cannot execute INSERT in a read-only transaction"
