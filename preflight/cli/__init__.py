"""The command line: arguments, inputs, run, render, exit status. Wiring only."""
