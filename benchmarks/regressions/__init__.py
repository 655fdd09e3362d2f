"""What a commit costs compared with another, in counts and in seconds: ``nox -s regressions``."""
