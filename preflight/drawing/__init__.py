"""Pictures as SVG: text in, text out."""
