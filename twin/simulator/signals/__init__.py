"""What sensors of each kind say, as arrays over the times of a weather: pure."""
