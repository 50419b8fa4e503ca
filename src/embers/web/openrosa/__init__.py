"""The addresses phones talk to: OpenRosa 1.0, as ODK Collect, KoboCollect and Enketo speak it."""
