"""What users write, read: tables, quantities, times, blocks."""
