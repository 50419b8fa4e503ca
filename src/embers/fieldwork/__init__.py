"""Field missions, interviews, site visits."""
