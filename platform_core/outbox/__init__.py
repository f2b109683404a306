"""What is to happen outside, written down with what it follows from: one transaction, then told until it is done."""
