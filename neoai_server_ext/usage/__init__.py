"""What models were asked and what it cost, and the product's other events."""
