"""The library: unit-speed fields of a district by direction, solved once and then only looked up and scaled."""
