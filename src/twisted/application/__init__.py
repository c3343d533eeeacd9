"""
Running programs: services, applications made of them, and what starts those.
"""
