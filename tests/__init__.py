"""One file per claim, each over the registry."""
