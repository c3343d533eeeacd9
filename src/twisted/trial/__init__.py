"""
Trial: unit tests for programs that wait, and the command that runs them.

Test cases are in L{twisted.trial.unittest}; C{trial} and C{python -m
twisted.trial} run them.
"""
