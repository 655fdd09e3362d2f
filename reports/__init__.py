"""The HTML report: what was reproduced, how exactly, how fast, and what is still missing."""
