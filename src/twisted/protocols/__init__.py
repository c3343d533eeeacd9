"""
Protocols and the framing they stand on.
"""
