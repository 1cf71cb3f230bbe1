"""Grids over the map: BeiDou position codes, GeoSOT, H3, and the cells of city management; pure, without a database."""
