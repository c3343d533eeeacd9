"""
C{twist}: run a plugin's service in the foreground.
"""
