"""Quality of data: rules of layers, what breaks them, and scores."""
