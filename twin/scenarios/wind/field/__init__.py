"""The mean wind about buildings: a coarse steady k-epsilon solve on voxels; arrays only, no database."""
