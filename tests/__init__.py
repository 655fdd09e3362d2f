"""One file for each claim; tests iterate the registered optimizers, problems and backends."""
