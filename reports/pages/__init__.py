"""What the pages show: their tables and sentences, templates and assets."""
