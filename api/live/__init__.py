"""Changes of what sensors read, pushed to those who watch: listeners, who follows the database, streams and sockets."""
