"""Optimizers planted for the checks: with a mistake that really happened, or right otherwise."""
