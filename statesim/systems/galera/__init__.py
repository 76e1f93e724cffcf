"""Galera: components that certify what is written."""
