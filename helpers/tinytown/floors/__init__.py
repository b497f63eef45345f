"""Floors: the smallest loss or the best answer that any model can reach, by exact inference."""
