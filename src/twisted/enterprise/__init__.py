"""
Databases: L{adbapi<twisted.enterprise.adbapi>} has the blocking modules of
Python's DB-API work in threads.
"""
