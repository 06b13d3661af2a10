"""Reading documents in the background, and searching them."""
