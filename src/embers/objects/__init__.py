"""Write-once bytes, named by their SHA-256."""
