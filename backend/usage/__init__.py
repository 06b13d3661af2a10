"""What runs have used of AI models: tokens and money, by app, person and day."""
