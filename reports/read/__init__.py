"""Readers for the files that the tests, asv and the other commands write, one module each."""
