"""Read and count decision records, to find clients that would break."""
