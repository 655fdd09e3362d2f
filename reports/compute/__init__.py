"""What is computed of the results, and what is run when the report is built or recorded."""
