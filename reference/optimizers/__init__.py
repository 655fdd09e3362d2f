"""One file per optimizer: where it comes from, what it lets you choose, and what it computes."""
