"""What a user would pick instead, doing the same work: other libraries, and plain loops."""
