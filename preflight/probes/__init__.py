"""The only package with effects: it records what the network and the servers do, and judges nothing."""
