"""
Tools for testing programs that use the engine.
"""
