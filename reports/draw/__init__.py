"""The pictures, drawn by matplotlib."""
