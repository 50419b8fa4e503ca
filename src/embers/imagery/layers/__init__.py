"""Maps and pictures a team lays under its own: PMTiles and GeoTIFF files, read tile by tile."""
