"""Clients: sessions and their connections, how they find a server, what they ask, and the history."""
