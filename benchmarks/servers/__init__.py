"""Servers under load, each a program of its own."""
