"""One module per check, named after its id. Each claims something and judges recorded facts; none has effects."""
