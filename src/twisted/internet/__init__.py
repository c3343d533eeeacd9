"""
Reactors, transports, Deferreds, endpoints: the engine.
"""
