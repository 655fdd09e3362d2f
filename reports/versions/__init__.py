"""Releases of a framework side by side: which of them changed a digit, a count or the speed."""
