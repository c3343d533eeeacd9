"""
What runs a program: it writes a PID file, begins to log and starts the reactor.
"""
