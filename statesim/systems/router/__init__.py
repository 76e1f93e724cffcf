"""Gateways that hold flows and share an address."""
