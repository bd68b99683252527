"""What changes in time: solutions and volume of cells that a pump keeps, or no longer does."""
