"""One module per optimizer: its sources, hyperparameters, state and update."""
