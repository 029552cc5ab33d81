"""One module per source: each turns what the person holds into a Plan."""
