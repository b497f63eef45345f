"""The course as a website: the same notebooks, not run again, beside the README and pages made from their metadata."""
