// Marks the assembly; the folders hold the engine, the batch provider, sources, sinks, hosting and testing.
