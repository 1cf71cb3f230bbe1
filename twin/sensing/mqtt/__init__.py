"""SensorThings over MQTT: topics, who may publish and follow them, and the way from the broker to the database."""
