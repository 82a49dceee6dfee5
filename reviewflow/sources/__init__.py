"""Asks outside services: the only floor that opens a socket."""
