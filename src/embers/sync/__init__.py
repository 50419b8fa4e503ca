"""Bringing the logs and objects of a case from device to device, whatever carries the bytes."""
