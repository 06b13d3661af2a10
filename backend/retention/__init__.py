"""How long what runs leave behind is kept, and how it is deleted."""
