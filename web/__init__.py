"""HTTP and the command line: the only place where things are put together."""
