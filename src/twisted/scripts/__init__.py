"""
What the commands run: a module for each.
"""
