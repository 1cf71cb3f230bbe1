"""Fetching files from elsewhere: OpenStreetMap by place from Overpass, whole regions from Geofabrik."""
