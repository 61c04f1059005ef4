"""What each page shows, as frozen values: the templates read these and nothing else."""
