"""Readers, one for each kind of file that the tests, asv, the races and the recorder leave."""
