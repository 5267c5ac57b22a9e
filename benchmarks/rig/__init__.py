"""What the benchmarks measure with: JupyterLab servers, Chromium, and tables of the results."""
