"""One module per format, each with `render(report, style) -> str`; pure."""
