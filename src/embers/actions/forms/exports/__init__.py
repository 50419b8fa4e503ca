"""Reads filled forms out of the exports of other servers: ODK Central, ODK Briefcase, KoboToolbox."""
