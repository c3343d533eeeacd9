"""Small programs that the tests of processes start."""
