"""The contents of the pages: tables and sentences, templates and assets."""
