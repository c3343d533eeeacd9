"""How fast, and is it still: see README.md here."""
