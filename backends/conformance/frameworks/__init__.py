"""One module for each framework whose optimizers can be checked; see `..subjects`."""
