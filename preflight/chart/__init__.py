"""How the LangSmith chart reads its values and what it gives the pods."""
