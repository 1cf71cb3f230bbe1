"""Downloads: OpenStreetMap by place from Overpass, and by region from Geofabrik."""
